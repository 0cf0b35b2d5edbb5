"""What tests share: scripted clocks, devices and runs, real projects and a real browser."""

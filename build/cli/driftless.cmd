@echo off
rem The installed driftless: runs the program with the Node that was packed with it.
"%~dp0lib\driftless\node.exe" "%~dp0lib\driftless\bin\driftless.js" %*

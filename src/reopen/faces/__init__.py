"""How people reach the workbench: the report, the Python face, the command line, the web."""

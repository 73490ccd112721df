"""What is handed over: verdict schema, pictures, the Allure report. It reads files only."""

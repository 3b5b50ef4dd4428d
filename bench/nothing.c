/* The payload for measuring launchers: a static program that exits at once, so that the time is the launcher's. */
int main(void) { return 0; }

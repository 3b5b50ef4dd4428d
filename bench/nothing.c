/* The payload of the launch figures: a static program that leaves at once, so that what is measured is the launcher. */
int main(void) { return 0; }

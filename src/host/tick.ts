/** The kernel shows user space times in these, USER_HZ: time(7), proc_pid_stat(5) field 22. */
export const MILLIS_PER_TICK = 10;

/** The keys of the Compose specification, by what they mean to drainit. */

/** `name` and `version` are read by others. */
export const FILE_KEYS = ['name', 'services', 'version', 'x-drainit'] as const;

/** Of a file: what is outside of the container. */
export const IGNORED_FILE_KEYS: ReadonlySet<string> = new Set(['configs', 'models', 'networks', 'secrets', 'volumes']);

/** What would change what runs, so that it cannot be passed over, and what to do instead. */
export const UNSUPPORTED_FILE_KEYS: ReadonlyMap<string, string> = new Map([
  ['include', 'write its services into this file'],
]);

export const SERVICE_KEYS = [
  'command',
  'depends_on',
  'entrypoint',
  'env_file',
  'environment',
  'healthcheck',
  'post_start',
  'pre_stop',
  'restart',
  'stop_grace_period',
  'stop_signal',
  'user',
  'working_dir',
] as const;

export type ServiceKey = (typeof SERVICE_KEYS)[number];

/** Of a service: what is done to a container from outside, where drainit is not. */
export const IGNORED_SERVICE_KEYS: ReadonlySet<string> = new Set(
  (
    'annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent configs container_name cpu_count cpu_percent ' +
    'cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec deploy develop ' +
    'device_cgroup_rules devices dns dns_opt dns_search domainname driver_opts expose external_links extra_hosts gpus ' +
    'hostname image init ipc isolation label_file labels links logging mac_address mem_limit mem_reservation ' +
    'mem_swappiness memswap_limit models network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ' +
    'ports privileged pull_policy pull_refresh_after read_only runtime secrets security_opt shm_size stdin_open ' +
    'storage_opt sysctls tmpfs tty ulimits use_api_socket userns_mode uts volumes volumes_from'
  ).split(' '),
);

export const UNSUPPORTED_SERVICE_KEYS: ReadonlyMap<string, string> = new Map([
  ['extends', 'use a YAML anchor and <<'],
  ['group_add', 'name the groups in /etc/group'],
  ['profiles', 'leave out the services that are not wanted'],
  ['provider', 'leave out the service'],
  ['scale', 'write a service for each'],
]);

/** `restart` says what Compose does to the dependent when it restarts the other one by hand: nothing here. */
export const DEPENDENCY_KEYS = ['condition', 'required', 'restart'] as const;

export const HEALTH_KEYS = [
  'disable',
  'interval',
  'retries',
  'start_interval',
  'start_period',
  'test',
  'timeout',
] as const;

export const ENVIRONMENT_FILE_KEYS = ['format', 'path', 'required'] as const;

export const HOOK_KEYS = ['command', 'environment', 'user', 'working_dir'] as const;

export const UNSUPPORTED_HOOK_KEYS: ReadonlyMap<string, string> = new Map([
  ['privileged', 'a container cannot give itself privileges, leave it out'],
]);

export const SETTING_KEYS = ['drain', 'drain_signal', 'grace', 'pre_stop', 'pre_stop_timeout'] as const;

// Result files of made-up runs, always the same.

/// Numbers from 0 to 1 by a linear congruence (Numerical Recipes).
function random(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

export const context = {
  date: '2026-11-27T10:59:01+00:00',
  host_name: 'lab-7',
  library_build_type: 'release',
  'iodyno.format_version': '1',
  'iodyno.version': '0.1.0',
  'iodyno.about': 'Small and large files, read, written and copied, at several depths.',
  'iodyno.baseline': 'posix',
  'iodyno.repetitions': '20',
  'iodyno.seed': '42',
  'iodyno.file_system': 'ext4',
  'iodyno.target': '/mnt/data',
  'iodyno.mount_options': 'rw,relatime',
  'iodyno.kernel': '6.1.0-28-amd64',
  'iodyno.cpu_model': 'A processor of 16 cores',
  'iodyno.cpus': '16',
  'iodyno.memory_bytes': '67108864000',
  'iodyno.device': 'nvme0n1',
  'iodyno.device_model': 'A disk',
  'iodyno.device_rotational': '0',
  'iodyno.o_direct': 'yes',
  'iodyno.io_uring': 'yes',
  'iodyno.reflink': 'no: not this file system',
  'iodyno.warning.1': 'the governor is powersave: cpupower frequency-set -g performance',
};

function row(name, block, ns, label, factor) {
  return {
    name,
    run_name: name,
    run_type: 'iteration',
    repetition_index: block,
    iterations: 10000,
    threads: 1,
    real_time: ns,
    cpu_time: ns * 0.8,
    time_unit: 'ns',
    label,
    items_per_second: 1e9 / ns,
    bytes_per_second: 4096e9 / ns,
    p50_ns: ns * 0.9,
    p90_ns: ns * 1.3,
    p99_ns: ns * 2.2,
    p999_ns: ns * 6,
    max_ns: ns * 30,
    user_cpu_ns: ns * 0.2,
    sys_cpu_ns: ns * 0.6,
    iou_wrk_cpu_ns: factor < 0.7 ? ns * 0.1 : 0,
    iou_sqp_cpu_ns: 0,
    host_ns: 12,
    setup_ns: 50000,
    teardown_ns: 20000,
    drain_ns: 1e6,
    minor_faults: 120,
    major_faults: 0,
    voluntary_switches: 7,
    involuntary_switches: 3,
    max_rss_bytes: 8 << 20,
    residency: 1,
    achieved_depth: 1,
    block,
    order: 0,
    started_s: block,
  };
}

/// Phases × depths × sizes × backends cases of so many blocks; every 50th failed, every 70th is skipped.
export function results({scenario = 'files', phases, depths, sizes, backends, blocks, slower = 1, date}) {
  const next = random(7);
  const made = {context: {...context}, benchmarks: []};
  if (date) made.context.date = date;
  let number = 0;
  for (const [p, phase] of phases.entries())
    for (const depth of depths)
      for (const size of sizes) {
        const drift = Array.from({length: blocks}, () => 1 + 0.1 * next());
        for (const [b, backend] of backends.entries()) {
          const name = `${scenario}/${phase}/backend:${backend}/depth:${depth}/size:${size}/real_time`;
          ++number;
          if (number % 50 === 0) {
            made.benchmarks.push({
              ...row(name, 0, 0, 'failed: EIO: Input/output error (3 of 20 trials)', 1),
              error_occurred: true,
              error_message: 'EIO: Input/output error',
            });
            continue;
          }
          if (number % 70 === 0) {
            made.context[`iodyno.skipped.${name}`] = 'tmpfs accepts O_DIRECT and ignores it';
            continue;
          }
          const factor = slower * [1, 0.6, 1.4, 1.005, 0.9][b % 5] * (1 + b / 40);
          const label = number % 13 === 0 ? 'degraded: cv 14 %' : 'ok';
          for (let block = 0; block < blocks; ++block) {
            const ns =
              2000 *
              (1 + p) *
              Math.sqrt(size / 1024) *
              (1 + 8 / depth) *
              factor *
              drift[block] *
              (1 + 0.03 * (next() - 0.5));
            made.benchmarks.push(row(name, block, ns, label, factor));
          }
        }
      }
  return made;
}

/// 5 phases × 5 depths × 2 sizes × 10 backends = 500 cases of 20 repetitions.
export const large = () =>
  results({
    phases: ['create', 'read', 'update', 'copy', 'delete'],
    depths: [1, 2, 8, 32, 128],
    sizes: [1024, 1048576],
    backends: ['posix', 'uring', 'mmap', 'twin', 'aio', 'asio', 'rust', 'cached', 'adaptive', 'auto'],
    blocks: 20,
  });

export const small = (more = {}) =>
  results({
    phases: ['create', 'read'],
    depths: [1, 8, 32],
    sizes: [4096],
    backends: ['posix', 'uring', 'mmap', 'twin'],
    blocks: 10,
    ...more,
  });

/// Text that means harm, wherever a file of another hand may have text.
export function hostile() {
  const evil =
    `</script><script>window.harmed = 1</script><img src=x onerror="window.harmed=1">"'\r\n\u001b[31m{a|b}` +
    `<!--slot:data-->\u2028${'w'.repeat(10000)}`;
  const text = JSON.stringify(small());
  const escaped = JSON.stringify(evil).slice(1, -1).replaceAll('/', ' ');
  return text
    .replaceAll('backend:uring', `backend:uring${escaped}`)
    .replaceAll('"files/', `"files${escaped}/`)
    .replaceAll('/read/', `/read${escaped}/`)
    .replaceAll('degraded: cv', `degraded: ${escaped} cv`)
    .replaceAll('A disk', escaped)
    .replaceAll('Small and large', escaped);
}

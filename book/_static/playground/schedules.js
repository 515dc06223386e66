// Learning-rate schedules: functions η(t) of the step number t = 1, 2, …, as dlcore/schedules.py.
(() => {
  'use strict';

  // η(t) = η.
  const constant = lr => () => lr;

  // η(t) = η γ^⌊(t − 1)/s⌋ with s = ``every``.
  const step_decay = (lr, every, gamma = 0.1) => t => lr * gamma ** Math.floor((t - 1) / every);

  // η(t) = η γᵗ.
  const exponential = (lr, gamma) => t => lr * gamma ** t;

  // η(t) = η/(1 + k t).
  const inverse_time = (lr, k) => t => lr / (1 + k * t);

  // η(t) = η + (η_min − η) t/T up to T = ``t_max``, then η_min.
  const linear = (lr, t_max, lr_min = 0) => t => lr + (lr_min - lr) * (Math.min(t, t_max) / t_max);

  // η(t) = η_min + ½ (η − η_min)(1 + cos(π t/T)) up to T, then η_min.
  const cosine = (lr, t_max, lr_min = 0) => t =>
    lr_min + 0.5 * (lr - lr_min) * (1 + Math.cos(Math.PI * Math.min(t, t_max) / t_max));

  // η(t) = t/n η'(t) for the first n = ``steps`` steps, then η'(t).
  const warm_up = (schedule, steps) => t => schedule(t) * (Math.min(t, steps) / steps);

  // η(t) = first(t) for t ≤ n = ``steps``, then second(t − n).
  const chain = (first, steps, second) => t => (t <= steps ? first(t) : second(t - steps));

  dlcore.schedules = {constant, step_decay, exponential, inverse_time, linear, cosine, warm_up,
    chain};
})();

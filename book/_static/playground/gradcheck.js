// A gradient against central differences, as dlcore/gradcheck.py.
(() => {
  'use strict';

  // The error of ∇J·u ≈ (J(θ + εu) − J(θ − εu))/2ε, the largest over random unit vectors u, divided
  // by the largest sum of the sizes of both sides: about 1e-8, 1/3 for twice the gradient, 1 for
  // the wrong sign.  J() reads θ in place, which is restored to the last bit.
  function directional_error(J, theta, grad, {eps = 1e-5, directions = 10, seed = 0} = {}) {
    const rng = dlcore.random.default_rng(seed), kept = theta.slice();
    let error = 0, size = 1e-8;
    const at = (u, step) => {
      for (let i = 0; i < u.length; i++) theta[i] = kept[i] + step * u[i];
      return J();
    };
    for (let n = 0; n < directions; n++) {
      const z = rng.standard_normal(theta.length), length = dlcore.regularizers.norm(z);
      const u = z.map(value => value / length);
      const numeric = (at(u, eps) - at(u, -eps)) / (2 * eps);
      const exact = u.reduce((sum, value, i) => sum + grad[i] * value, 0);
      error = Math.max(error, Math.abs(numeric - exact));
      size = Math.max(size, Math.abs(numeric) + Math.abs(exact));
    }
    theta.set(kept);
    return error / size;
  }

  dlcore.gradcheck = {directional_error};
})();

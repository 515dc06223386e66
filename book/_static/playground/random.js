// NumPy's random numbers, bit for bit: what default_rng(seed) draws in Python, it draws here.
// SeedSequence and the generator PCG64 are Melissa O'Neill's (2014, pcg-random.org), the normal
// distribution is Marsaglia and Tsang's ziggurat (2000), integers in a range are Lemire's (2019).
(() => {
  'use strict';

  const TWO32 = 2 ** 32;

  // The product of two 32-bit words: its low word, and its high one, which the rounded product
  // less the low word gives.
  const low = (a, b) => Math.imul(a, b) >>> 0;
  const high = (a, b, low) => Math.round((a * b - low) / TWO32);

  // An integer of any size as 32-bit words, the lowest first.
  function words(integer) {
    let rest = BigInt(integer);
    if (rest < 0n) throw new RangeError(`expected a seed, an integer ≥ 0, got ${integer}`);
    const found = [];
    do {
      found.push(Number(rest & 0xffffffffn));
      rest >>= 32n;
    } while (rest > 0n);
    return found;
  }

  // Makes well-mixed words out of any seed, and seeds for independent streams.
  class SeedSequence {
    constructor(entropy = 0, spawn_key = []) {
      Object.assign(this, {entropy, spawn_key, spawned: 0});
      const seed = [entropy].flat().flatMap(words);
      if (spawn_key.length) while (seed.length < 4) seed.push(0);
      this.pool = this.mixed([...seed, ...spawn_key.flatMap(words)]);
    }

    mixed(entropy) {
      let constant = 0x43b0d7e5;
      const hash = value => {
        value ^= constant;
        constant = Math.imul(constant, 0x931e8875);
        value = Math.imul(value, constant);
        return value ^ value >>> 16;
      };
      const mix = (x, y) => {
        const value = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y) | 0;
        return value ^ value >>> 16;
      };
      const pool = [0, 1, 2, 3].map(i => hash(entropy[i] || 0));
      for (let i = 0; i < 4; i++) {
        for (let j = 0; j < 4; j++) if (i !== j) pool[j] = mix(pool[j], hash(pool[i]));
      }
      for (const word of entropy.slice(4)) {
        for (let j = 0; j < 4; j++) pool[j] = mix(pool[j], hash(word));
      }
      return pool;
    }

    // So many 32-bit words.
    generate_state(n) {
      let constant = 0x8b51f9dd;
      return Array.from({length: n}, (_, i) => {
        let value = this.pool[i % 4] ^ constant;
        constant = Math.imul(constant, 0x58f38ded);
        value = Math.imul(value, constant);
        return (value ^ value >>> 16) >>> 0;
      });
    }

    // n children, whose streams are independent of each other and of this one.
    spawn(n) {
      return Array.from({length: n}, () =>
        new SeedSequence(this.entropy, [...this.spawn_key, this.spawned++]));
    }
  }

  // state ← state · m + increment modulo 2¹²⁸, and 64 of the bits, rotated: PCG XSL RR 128/64.
  class PCG64 {
    constructor(sequence) {
      const [c, d, a, b, g, h, e, f] = sequence.generate_state(8);
      const state = [a, b, c, d], stream = [e, f, g, h]; // the lowest word first
      this.increment = Uint32Array.from(stream, (word, i) =>
        word << 1 | (i ? stream[i - 1] >>> 31 : 1));
      this.state = this.increment.slice(); // one step from 0
      let carry = 0;
      state.forEach((word, i) => {
        const sum = this.state[i] + word + carry;
        this.state[i] = sum;
        carry = sum >= TWO32 ? 1 : 0;
      });
      this.advance();
      this.low = this.high = 0; // the words of the last number
      this.kept = -1; // the half that next32 has left over
    }

    advance() {
      const s = this.state, s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3], c = this.increment;
      const m0 = 0x9fccf645, m1 = 0x4385df64, m2 = 0x1fc65da4, m3 = 0x2360ed05;
      const a00 = low(s0, m0), a01 = low(s0, m1), a10 = low(s1, m0);
      const a02 = low(s0, m2), a11 = low(s1, m1), a20 = low(s2, m0);
      const r0 = a00 + c[0];
      const r1 = high(s0, m0, a00) + a01 + a10 + c[1] + Math.floor(r0 / TWO32);
      const r2 = high(s0, m1, a01) + high(s1, m0, a10) + a02 + a11 + a20 + c[2] +
        Math.floor(r1 / TWO32);
      s[0] = r0;
      s[1] = r1;
      s[2] = r2;
      s[3] = high(s0, m2, a02) + high(s1, m1, a11) + high(s2, m0, a20) + Math.imul(s0, m3) +
        Math.imul(s1, m2) + Math.imul(s2, m1) + Math.imul(s3, m0) + c[3] + Math.floor(r2 / TWO32);
    }

    // 64 random bits, in ``low`` and ``high``.
    next64() {
      this.advance();
      const s = this.state, turn = s[3] >>> 26, by = turn & 31;
      let a = s[0] ^ s[2], b = s[1] ^ s[3];
      if (turn & 32) [a, b] = [b, a];
      this.low = (by ? a >>> by | b << 32 - by : a) >>> 0;
      this.high = (by ? b >>> by | a << 32 - by : b) >>> 0;
    }

    // 32 random bits: the low half of 64, and at the next call the high half.
    next32() {
      const kept = this.kept;
      if (kept >= 0) {
        this.kept = -1;
        return kept;
      }
      this.next64();
      this.kept = this.high;
      return this.low;
    }
  }

  // The ziggurat: 255 layers of equal area under e^(−x²/2) and the tail beyond R. Layer i reaches
  // to x[i]·2⁵²; within[i]·2⁻⁵² of it lies below the curve without a further look.
  const R = 3.6541528853610088, x = dlcore.ziggurat;
  const heights = x.map((width, i) => (i ? Math.exp(-0.5 * (width * 2 ** 52) ** 2) : 1));
  const within = x.map((width, i) =>
    (i === 1 ? 0 : Math.floor((i ? x[i - 1] : R / 2 ** 52) / width * 2 ** 52)));

  class Generator {
    constructor(sequence) {
      this.sequence = sequence;
      this.bits = new PCG64(sequence);
    }

    // n generators of independent streams.
    spawn(n) {
      return this.sequence.spawn(n).map(child => new Generator(child));
    }

    // A number of [0, 1), or a Float64Array of n.
    random(n) {
      return filled(n, () => this.uniform01());
    }

    // 53 random bits.
    uniform01() {
      const bits = this.bits;
      bits.next64();
      return (bits.high * 2097152 + (bits.low >>> 11)) * 2 ** -53;
    }

    // A number of [low, high), or n.
    uniform(low, high, n) {
      return filled(n, () => low + (high - low) * this.uniform01());
    }

    // A number from N(0, 1), or n.
    standard_normal(n) {
      return filled(n, () => this.normal());
    }

    // Layer i at random, and a place in it.
    normal() {
      const bits = this.bits;
      for (;;) {
        bits.next64();
        const i = bits.low & 0xff, sign = bits.low & 0x100 ? -1 : 1;
        const part = (bits.high & 0x1fffffff) * 8388608 + (bits.low >>> 9); // 52 bits
        const z = sign * part * x[i];
        if (part < within[i]) return z;
        if (i === 0) return (bits.low & 0x20000 ? -1 : 1) * this.tail();
        const height = heights[i] + (heights[i - 1] - heights[i]) * this.uniform01();
        if (height < Math.exp(-0.5 * z * z)) return z;
      }
    }

    // A number from the tail beyond R.
    tail() {
      for (;;) {
        const beyond = -Math.log1p(-this.uniform01()) / R, y = -Math.log1p(-this.uniform01());
        if (y + y > beyond * beyond) return R + beyond;
      }
    }

    // An integer of [0, n).
    below(n) {
      if (n === 1) return 0;
      const bits = this.bits;
      let word = bits.next32();
      if (low(word, n) < n) {
        const least = (TWO32 - n) % n;
        while (low(word, n) < least) word = bits.next32();
      }
      return high(word, n, low(word, n));
    }

    // An integer of [low, high), or n.
    integers(low, high, n) {
      return filled(n, () => low + this.below(high - low), Int32Array);
    }

    // The list in a random order, in place (Fisher and Yates).  Here NumPy draws j of 0 … i by
    // throwing away what is too large.
    shuffle(list) {
      for (let i = list.length - 1; i > 0; i--) {
        const mask = -1 >>> Math.clz32(i), kept = list[i];
        let j;
        do j = this.bits.next32() & mask; while (j > i);
        list[i] = list[j];
        list[j] = kept;
      }
    }

    // A shuffled copy of a list, or of 0 … n − 1.
    permutation(list) {
      const copy = typeof list === 'number' ? range(list) : list.slice();
      this.shuffle(copy);
      return copy;
    }
  }

  // 0 … n − 1.
  function range(n) {
    const numbers = new Int32Array(n);
    for (let i = 0; i < n; i++) numbers[i] = i;
    return numbers;
  }

  function filled(n, draw, Kind = Float64Array) {
    if (n === undefined) return draw();
    const numbers = new Kind(n);
    for (let i = 0; i < n; i++) numbers[i] = draw();
    return numbers;
  }

  // The generator of a seed, an integer ≥ 0 or a list of some.
  const default_rng = seed => new Generator(new SeedSequence(seed));

  dlcore.random = {SeedSequence, default_rng, range};
})();

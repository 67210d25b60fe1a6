// Written by Tools/coefficients/generate.py; change that instead.

/// Coefficients (lowest power first) and constants; 64 and 32 name the type they are
/// for, `Short` single precision computed in double.
enum Coefficients {
  /// e^r = 1 + r + r^2/2 + r^3 p(r), |r| <= ln(2)/2; error 2^-60.3.
  static let exponential64: [Double] = [
    0x1.555555555555dp-3, 0x1.555555555556fp-5, 0x1.111111110e30fp-7, 0x1.6c16c16c07deap-10,
    0x1.a01a01b7032d5p-13, 0x1.a01a01fcbecaap-16, 0x1.71dde78ee4d08p-19, 0x1.27e40b84d1a25p-22,
    0x1.af7a71e0740c5p-26, 0x1.20d1db12b240ap-29,
  ]
  /// m^(-1/3), sqrt(1/2) <= m <= sqrt(2); error 2^-14.7.
  static let inverseCubeRoot64: [Double] = [
    0x1.dfe09a0779c52p0, -0x1.dca0bf6089aadp0, 0x1.8fb06b5667643p0, -0x1.679c4656cf89ap-1,
    0x1.06e29e1cd2643p-3,
  ]
  /// inverseCubeRootOf2, rounded.
  static let inverseCubeRootOf2_64 = 0x1.965fea53d6e3dp-1
  /// cubeRootOf2, rounded.
  static let cubeRootOf2_64 = 0x1.428a2f98d728bp0
  /// atan t = t + t^3 p(t^2), |t| <= tan(pi/8); error 2^-58.3.
  static let arctangent64: [Double] = [
    -0x1.555555555553dp-2, 0x1.99999999958f6p-3, -0x1.24924922b1655p-3, 0x1.c71c70e7be3acp-4,
    -0x1.745cf90e5c9e7p-4, 0x1.3b111ca073b1ep-4, -0x1.10ebe05bd94cep-4, 0x1.df1190700cebfp-5,
    -0x1.9cdce3be68a75p-5, 0x1.37ef2a89a882ap-5, -0x1.25a190401bbdcp-6,
  ]
  /// asin t = t + t^3 p(t^2), |t| <= 1/2; error 2^-59.7.
  static let arcsine64: [Double] = [
    0x1.5555555555578p-3, 0x1.333333332df06p-4, 0x1.6db6db722bfc1p-5, 0x1.f1c71a8b6d858p-6,
    0x1.6e8bdfeb0edbfp-6, 0x1.1c49ddbb10131p-6, 0x1.ca214a2d5a8d1p-7, 0x1.757761d0277e2p-7,
    0x1.618b96bc40a19p-7, 0x1.e14f68a33f904p-9, 0x1.65054f07e6799p-6, -0x1.59fad1434f541p-6,
    0x1.0be5a4c76bbb6p-5,
  ]
  /// sin r = r + r^3 p(r^2), |r| <= pi/4; error 2^-57.2.
  static let sine64: [Double] = [
    -0x1.5555555555555p-3, 0x1.111111111110ap-7, -0x1.a01a01a018915p-13, 0x1.71de3a5314726p-19,
    -0x1.ae64526889a85p-26, 0x1.6120748434a12p-33, -0x1.aa9663fadf409p-41,
  ]
  /// cos r = 1 - r^2/2 + r^4 p(r^2), |r| <= pi/4; error 2^-61.1.
  static let cosine64: [Double] = [
    0x1.555555555554ap-5, -0x1.6c16c16c14dc9p-10, 0x1.a01a019c56c7dp-16, -0x1.27e4f7c9350dp-22,
    0x1.1ee9c07721aedp-29, -0x1.8f985bbeb6693p-37,
  ]
  /// log((1+s)/(1-s)) = 2s + s^3 p(s^2); error 2^-58.9.
  static let logarithm64: [Double] = [
    0x1.5555555555592p-1, 0x1.999999997fd3ap-2, 0x1.24924941f8b9bp-2, 0x1.c71c5202bc62cp-3,
    0x1.7466405b31be6p-3, 0x1.39a193336be07p-3, 0x1.2f07063036aecp-3,
  ]
  /// ln 2, with zeros at the end.
  static let ln2High64 = 0x1.62e42fefa4p-1
  /// The rest of ln 2.
  static let ln2Low64 = -0x1.8432a1b0e2634p-43
  /// ln 2, rounded.
  static let ln2_64 = 0x1.62e42fefa39efp-1
  /// What rounding left of ln 2.
  static let ln2Rest64 = 0x1.abc9e3b39803fp-56
  /// log2E, rounded.
  static let log2E64 = 0x1.71547652b82fep0
  /// What rounding left of log2E.
  static let log2ERest64 = 0x1.777d0ffda0d24p-56
  /// log10E, rounded.
  static let log10E64 = 0x1.bcb7b1526e50ep-2
  /// What rounding left of log10E.
  static let log10ERest64 = 0x1.95355baaafad3p-57
  /// twoThirds, rounded.
  static let twoThirds64 = 0x1.5555555555555p-1
  /// What rounding left of twoThirds.
  static let twoThirdsRest64 = 0x1.5555555555555p-55
  /// twoOverPi, rounded.
  static let twoOverPi64 = 0x1.45f306dc9c883p-1
  /// What rounding left of twoOverPi.
  static let twoOverPiRest64 = -0x1.6b01ec5417056p-55
  /// log10 2, with zeros at the end.
  static let log10Of2High64 = 0x1.34413509f8p-2
  /// The rest of log10 2.
  static let log10Of2Low64 = -0x1.80433b83b532ap-44
  /// Part 0 of pi/2.
  static let halfPi0_64 = 0x1.921fb54442d18p0
  /// Part 1 of pi/2.
  static let halfPi1_64 = 0x1.1a62633145c07p-54
  /// Part 2 of pi/2.
  static let halfPi2_64 = -0x1.f1976b7ed8fbcp-110
  /// Part 3 of pi/2.
  static let halfPi3_64 = 0x1.4cf98e804177dp-164
  /// e^r = 1 + r + r^2/2 + r^3 p(r), |r| <= ln(2)/2; error 2^-31.0.
  static let exponential32: [Double] = [
    0x1.55553cp-3, 0x1.5554f2p-5, 0x1.1136b4p-7, 0x1.6d40ccp-10,
    0x1.6c2eeep-13,
  ]
  /// m^(-1/3), sqrt(1/2) <= m <= sqrt(2); error 2^-14.7.
  static let inverseCubeRoot32: [Double] = [
    0x1.dfe09ap0, -0x1.dca0cp0, 0x1.8fb06cp0, -0x1.679c46p-1,
    0x1.06e29ep-3,
  ]
  /// inverseCubeRootOf2, rounded.
  static let inverseCubeRootOf2_32 = 0x1.965feap-1
  /// cubeRootOf2, rounded.
  static let cubeRootOf2_32 = 0x1.428a3p0
  /// atan t = t + t^3 p(t^2), |t| <= tan(pi/8); error 2^-28.8.
  static let arctangent32: [Double] = [
    -0x1.55554ap-2, 0x1.9991aep-3, -0x1.23b6c6p-3, 0x1.b202ecp-4,
    -0x1.f25a2cp-5,
  ]
  /// asin t = t + t^3 p(t^2), |t| <= 1/2; error 2^-27.3.
  static let arcsine32: [Double] = [
    0x1.5555cap-3, 0x1.330136p-4, 0x1.748efcp-5, 0x1.8b86d4p-6,
    0x1.59f3b6p-5,
  ]
  /// sin r = r + r^3 p(r^2), |r| <= pi/4; error 2^-28.0.
  static let sine32: [Double] = [
    -0x1.555556p-3, 0x1.111108p-7, -0x1.a00f3ep-13, 0x1.6cc26cp-19,
  ]
  /// cos r = 1 - r^2/2 + r^4 p(r^2), |r| <= pi/4; error 2^-31.0.
  static let cosine32: [Double] = [
    0x1.55554ap-5, -0x1.6c0bf2p-10, 0x1.99d868p-16,
  ]
  /// log((1+s)/(1-s)) = 2s + s^3 p(s^2); error 2^-30.1.
  static let logarithm32: [Double] = [
    0x1.55557ap-1, 0x1.995eb4p-2, 0x1.31e39p-2,
  ]
  /// ln 2, with zeros at the end.
  static let ln2High32 = 0x1.62e4p-1
  /// The rest of ln 2.
  static let ln2Low32 = 0x1.7f7d1cp-20
  /// ln 2, rounded.
  static let ln2_32 = 0x1.62e43p-1
  /// What rounding left of ln 2.
  static let ln2Rest32 = -0x1.05c61p-29
  /// log2E, rounded.
  static let log2E32 = 0x1.715476p0
  /// What rounding left of log2E.
  static let log2ERest32 = 0x1.4ae0cp-26
  /// log10E, rounded.
  static let log10E32 = 0x1.bcb7b2p-2
  /// What rounding left of log10E.
  static let log10ERest32 = -0x1.5b235ep-27
  /// twoThirds, rounded.
  static let twoThirds32 = 0x1.555556p-1
  /// What rounding left of twoThirds.
  static let twoThirdsRest32 = -0x1.555556p-26
  /// twoOverPi, rounded.
  static let twoOverPi32 = 0x1.45f306p-1
  /// What rounding left of twoOverPi.
  static let twoOverPiRest32 = 0x1.b9391p-26
  /// log10 2, with zeros at the end.
  static let log10Of2High32 = 0x1.344p-2
  /// The rest of log10 2.
  static let log10Of2Low32 = 0x1.3509f8p-18
  /// Part 0 of pi/2.
  static let halfPi0_32 = 0x1.921fb6p0
  /// Part 1 of pi/2.
  static let halfPi1_32 = -0x1.777a5cp-25
  /// Part 2 of pi/2.
  static let halfPi2_32 = -0x1.ee59dap-50
  /// Part 3 of pi/2.
  static let halfPi3_32 = 0x1.98a2ep-77
  /// log((1+s)/(1-s)) = 2s + s^3 (2/3 + s^2 p(s^2)); error 2^-66.3.
  static let logarithmExtended64: [Double] = [
    0x1.9999999999996p-2, 0x1.2492492493038p-2, 0x1.c71c71c580097p-3, 0x1.745d183280599p-3,
    0x1.3b1362a9e4f6ep-3, 0x1.1120b77431f26p-3, 0x1.de3326ccb6ccp-4, 0x1.eb13879fe985bp-4,
  ]
  /// e^r = 1 + r + r^2/2 + r^3 p(r), |r| <= ln(2)/2; error 2^-31.3.
  static let exponentialShort: [Double] = [
    0x1.55553c4801ca2p-3, 0x1.5554f24fd1b31p-5, 0x1.1136b487adbe8p-7, 0x1.6d40cb853c021p-10,
    0x1.6c2eeda00e24p-13,
  ]
  /// log((1+s)/(1-s)) = 2s + s^3 p(s^2); error 2^-44.9.
  static let logarithmShort: [Double] = [
    0x1.555555561e5dep-1, 0x1.999996a8f9f93p-2, 0x1.24941212b77f4p-2, 0x1.c62b07c2df6e8p-3,
    0x1.9116551b9e12fp-3,
  ]
  /// erf x = x p(x^2), |x| <= 27/32; error 2^-54.9.
  static let errorFunction64: [Double] = [
    0x1.20dd750429b6dp0, -0x1.812746b0379e6p-2, 0x1.ce2f21a042abep-4, -0x1.b82ce312814b8p-6,
    0x1.565bcd0cdb27fp-8, -0x1.c02db39cf37ccp-11, 0x1.f9a317473a455p-14, -0x1.f4d0b8de13d8ap-17,
    0x1.b9c97945c89d8p-20, -0x1.5e176fc46f2f1p-23, 0x1.e7f6188fbaac7p-27, -0x1.e7996c4b1818bp-31,
  ]
  /// erfc x = exp(-x^2) p(t) / x, t = (x - 3) / (x + 3), 27/32 <= x <= 28; error 2^-53.2.
  static let complementaryErrorFunction64: [Double] = [
    0x1.12f21ddd9f5e2p-1, 0x1.865fd27e52134p-4, -0x1.2c33bbab9817dp-3, 0x1.1e79b14a5e8ffp-3,
    -0x1.870b49f5301a1p-4, 0x1.7bb38c2567bc8p-5, -0x1.cb66d247bc3c7p-7, 0x1.dd888d4a19cc3p-11,
    0x1.45d001dda18cbp-10, -0x1.b095612871413p-12, -0x1.62df682eaebcbp-14, 0x1.2152a19601354p-14,
    0x1.b1cd27fb6fc87p-18, -0x1.74cc7ebe9b425p-17, -0x1.0a9d277d030b8p-20, 0x1.f9806e6c94256p-20,
    0x1.40cbad518b5ebp-22, -0x1.5aa8f888750d8p-22, -0x1.aa73e806f2bdbp-24, 0x1.be54c9ab07f6dp-25,
    0x1.04944fe53da7ep-25, -0x1.3789ad219f59dp-27, -0x1.d5ac34c36124dp-28, 0x1.59847e7788f4dp-29,
  ]
  /// Gamma(2 + t) = 1 + t p(t), 0 <= t <= 1; error 2^-56.4.
  static let gamma64: [Double] = [
    0x1.b0ee6072093cfp-2, 0x1.a5b978b96be56p-2, 0x1.4e2399846a92ap-4, 0x1.301fbb0e8d9adp-4,
    -0x1.17f36a409190fp-12, 0x1.6d7ee77336ac2p-7, -0x1.75e68340773a2p-9, 0x1.13c21500d06fcp-9,
    -0x1.e1fa6e71e7c46p-11, 0x1.00a65d2706695p-11, -0x1.f4d0fb981b405p-13, 0x1.ed226a53b50b8p-14,
    -0x1.c9effbc4e65dap-15, 0x1.82859324ff55p-16, -0x1.12a6d09f79d38p-17, 0x1.2afa85e37ed32p-19,
    -0x1.afa2955aa591ap-22, 0x1.30677ee58cc36p-25,
  ]
  /// log Gamma(2 + t) = t p(t), |t| <= 1/2; error 2^-55.2.
  static let logGamma64: [Double] = [
    0x1.b0ee6072093cep-2, 0x1.4a34cc4a60fa6p-2, -0x1.13e001a55760ap-4, 0x1.51322ac7d84fp-6,
    -0x1.e404fc218dcc7p-8, 0x1.7add6eada7167p-9, -0x1.38ac5c2d3cdf6p-10, 0x1.0b36af8e87b47p-11,
    -0x1.d3fd4b6ed723ap-13, 0x1.a127ac1bed74ep-14, -0x1.78de99694589cp-15, 0x1.580ea6a8ca3ebp-16,
    -0x1.3cb3e1a104015p-17, 0x1.2580379ab566dp-18, -0x1.1274bb9b3bf25p-19, 0x1.01fb1dab5624bp-20,
    -0x1.ce3ca8ee0ab07p-22, 0x1.a659c22e8b474p-23, -0x1.1fc765557972ap-23, 0x1.290a50a536fe1p-24,
  ]
  /// log Gamma(x) = (x - 1/2) log x - x + log(2 pi)/2 + p(1 / x^2) / x, x >= 8; error 2^-60.6.
  static let stirling64: [Double] = [
    0x1.5555555555555p-4, -0x1.6c16c16c1694dp-9, 0x1.a01a019da09e6p-11, -0x1.38137d448d286p-11,
    0x1.b94e85e9f12f4p-11, -0x1.f5d9660e3832bp-10, 0x1.9548fd8efdfd3p-8, -0x1.4f024dcc6c01ep-6,
  ]
  /// sqrt(2 pi), rounded.
  static let rootOfTwoPi = 0x1.40d931ff62706p1
  /// log(2 pi) / 2, rounded.
  static let halfLogOfTwoPi = 0x1.d67f1c864beb5p-1
  /// The bits of 2/pi in 32-bit words.
  static let twoOverPiWords: [Int] = [
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041,
    0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c,
    0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41,
    0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
    0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d,
    0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08,
    0x56033046,
  ]
}

// Written by Tools/coefficients/generate.py; change that instead.

/// Coefficients (lowest power first) and constants; 64 and 32 name the type they are for,
/// `Short` single precision computed in double.
enum Coefficients {
  /// e^r = 1 + r + r^2/2 + r^3 p(r), |r| <= ln(2)/2; error 2^-60.3.
  static let exponential64: [Double] = [
    0x1.555555555555dp-3, 0x1.555555555556fp-5, 0x1.111111110e30fp-7, 0x1.6c16c16c07deap-10,
    0x1.a01a01b7032d5p-13, 0x1.a01a01fcbecaap-16, 0x1.71dde78ee4d08p-19, 0x1.27e40b84d1a25p-22,
    0x1.af7a71e0740c5p-26, 0x1.20d1db12b240ap-29,
  ]
  /// sin r = r + r^3 p(r^2), |r| <= pi/4; error 2^-56.3.
  static let sine64: [Double] = [
    -0x1.5555555555547p-3, 0x1.111111110f64p-7, -0x1.a01a019bca31ap-13, 0x1.71de3539a0631p-19,
    -0x1.ae5e35718061fp-26, 0x1.5d84cd41a10c1p-33,
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
  /// e^r = 1 + r + r^2/2 + r^3 p(r), |r| <= ln(2)/2; error 2^-27.8.
  static let exponential32: [Double] = [
    0x1.555466p-3, 0x1.5553p-5, 0x1.1257d6p-7, 0x1.6fef4p-10,
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
  /// sin r = r + r^3 p(r^2), |r| <= pi/4; error 2^-37.4.
  static let sineShort: [Double] = [
    -0x1.5555554c01b28p-3, 0x1.111108192d996p-7, -0x1.a00f3ded08112p-13, 0x1.6cc26bd81698fp-19,
  ]
  /// cos r = 1 - r^2/2 + r^4 p(r^2), |r| <= pi/4; error 2^-42.8.
  static let cosineShort: [Double] = [
    0x1.5555554e86bfp-5, -0x1.6c16b7d23aac1p-10, 0x1.a010a587ce7e3p-16, -0x1.2412e37ea5743p-22,
  ]
  /// atan t = t + t^3 p(t^2), |t| <= tan(pi/8); error 2^-59.3.
  static let arctangent: [Double] = [
    -0x1.555555555553dp-2, 0x1.99999999958bbp-3, -0x1.24924922afe25p-3, 0x1.c71c70e720489p-4,
    -0x1.745cf8fbf0393p-4, 0x1.3b111b4db9b23p-4, -0x1.10ebd0deb9736p-4, 0x1.df10a8ffdfe6ep-5,
    -0x1.9cd8b790f6acdp-5, 0x1.37e454380df9cp-5, -0x1.25895736ad3f5p-6,
  ]
  /// atan t = t + t^3 p(t^2), |t| <= tan(pi/8); error 2^-35.4.
  static let arctangentShort: [Double] = [
    -0x1.555554c85a331p-2, 0x1.99991a19eca9bp-3, -0x1.247f0107af6c8p-3, 0x1.c467737c862acp-4,
    -0x1.5b42261682065p-4, 0x1.84e79f313ad6bp-5,
  ]
  /// asin t = t + t^3 p(t^2), |t| <= 1/2; error 2^-55.7.
  static let arcsine: [Double] = [
    0x1.5555555555384p-3, 0x1.333333336fdb9p-4, 0x1.6db6db419cf6p-5, 0x1.f1c72c7f6c468p-6,
    0x1.6e89edbd8f705p-6, 0x1.1c6c427913769p-6, 0x1.c6f663354852fp-7, 0x1.8ef2b86f964d6p-7,
    0x1.aa37d2476f973p-8, 0x1.410809da8b26cp-6, -0x1.0b7e338d178f1p-6, 0x1.05fe278bc606ap-5,
  ]
  /// asin t = t + t^3 p(t^2), |t| <= 1/2; error 2^-35.8.
  static let arcsineShort: [Double] = [
    0x1.55555609ac721p-3, 0x1.3332a7a45fd3fp-4, 0x1.6ddb3ce6765fbp-5, 0x1.ed514f5e7bbe4p-6,
    0x1.93678013349c2p-6, 0x1.e8c5188921638p-8, 0x1.1c5141b345a31p-5,
  ]
}

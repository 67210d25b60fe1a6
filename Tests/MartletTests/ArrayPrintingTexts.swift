// Written by Tools/printing_texts.py with NumPy 2.4.6; do not edit.
// swift-format-ignore-file

/// An array by its elements' bits, and NumPy's `str` and `repr` of it.
struct PrintedArray: Sendable {
  var dtype: String
  var shape: [Int]
  /// Each element's bits as an integer; a complex number's parts follow one another.
  var bits: [UInt64]
  var text: String
  var representation: String
}

let printedArrays: [PrintedArray] = [
  PrintedArray(
    dtype: "float16", shape: [0],
    bits: [],
    text: "[]",
    representation: "array([], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [0],
    bits: [],
    text: "[]",
    representation: "array([], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [0],
    bits: [],
    text: "[]",
    representation: "array([], dtype=float64)"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [0],
    text: "[0.]",
    representation: "array([0.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [0],
    text: "[0.]",
    representation: "array([0.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [0],
    text: "[0.]",
    representation: "array([0.])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [32768],
    text: "[-0.]",
    representation: "array([-0.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [2147483648],
    text: "[-0.]",
    representation: "array([-0.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [9223372036854775808],
    text: "[-0.]",
    representation: "array([-0.])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [15360],
    text: "[1.]",
    representation: "array([1.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1065353216],
    text: "[1.]",
    representation: "array([1.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4607182418800017408],
    text: "[1.]",
    representation: "array([1.])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [15360, 49408],
    text: "[ 1.  -2.5]",
    representation: "array([ 1. , -2.5], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [1065353216, 3223322624],
    text: "[ 1.  -2.5]",
    representation: "array([ 1. , -2.5], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4607182418800017408, 13836183955189006336],
    text: "[ 1.  -2.5]",
    representation: "array([ 1. , -2.5])"),
  PrintedArray(
    dtype: "float16", shape: [3],
    bits: [11878, 12902, 13517],
    text: "[0.1 0.2 0.3]",
    representation: "array([0.1, 0.2, 0.3], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [3],
    bits: [1036831949, 1045220557, 1050253722],
    text: "[0.1 0.2 0.3]",
    representation: "array([0.1, 0.2, 0.3], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [3],
    bits: [4591870180066957722, 4596373779694328218, 4599075939470750515],
    text: "[0.1 0.2 0.3]",
    representation: "array([0.1, 0.2, 0.3])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [13653],
    text: "[0.3333]",
    representation: "array([0.3333], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1051372203],
    text: "[0.33333334]",
    representation: "array([0.33333334], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4599676419421066581],
    text: "[0.33333333]",
    representation: "array([0.33333333])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [13653, 23104],
    text: "[  0.3333 200.    ]",
    representation: "array([  0.3333, 200.    ], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [1051372203, 1128792064],
    text: "[  0.33333334 200.        ]",
    representation: "array([  0.33333334, 200.        ], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4599676419421066581, 4641240890982006784],
    text: "[  0.33333333 200.        ]",
    representation: "array([  0.33333333, 200.        ])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [168, 15360],
    text: "[1.e-05 1.e+00]",
    representation: "array([1.e-05, 1.e+00], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [925353388, 1065353216],
    text: "[1.e-05 1.e+00]",
    representation: "array([1.e-05, 1.e+00], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4532020583610935537, 4607182418800017408],
    text: "[1.e-05 1.e+00]",
    representation: "array([1.e-05, 1.e+00])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [1678, 14336],
    text: "[1.e-04 5.e-01]",
    representation: "array([1.e-04, 5.e-01], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [953267991, 1056964608],
    text: "[1.e-04 5.e-01]",
    representation: "array([1.e-04, 5.e-01], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4547007122018943789, 4602678819172646912],
    text: "[1.e-04 5.e-01]",
    representation: "array([1.e-04, 5.e-01])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [1510],
    text: "[9.e-05]",
    representation: "array([9.e-05], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [951893602],
    text: "[9.e-05]",
    representation: "array([9.e-05], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4546269252255995407],
    text: "[9.e-05]",
    representation: "array([9.e-05])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [31744],
    text: "[inf]",
    representation: "array([inf], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1287568416],
    text: "[1.e+08]",
    representation: "array([1.e+08], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4726483295884279808],
    text: "[1.e+08]",
    representation: "array([1.e+08])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [31744, 15360],
    text: "[inf  1.]",
    representation: "array([inf,  1.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [1287568416, 1065353216],
    text: "[1.e+08 1.e+00]",
    representation: "array([1.e+08, 1.e+00], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4726483295817170944, 4607182418800017408],
    text: "[9.9999999e+07 1.0000000e+00]",
    representation: "array([9.9999999e+07, 1.0000000e+00])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [31744],
    text: "[inf]",
    representation: "array([inf], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1206984794],
    text: "[123456.7]",
    representation: "array([123456.7], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4683220293034128179],
    text: "[123456.7]",
    representation: "array([123456.7])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [31744],
    text: "[inf]",
    representation: "array([inf], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1510874058],
    text: "[1.e+16]",
    representation: "array([1.e+16], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4846369599423283200],
    text: "[1.e+16]",
    representation: "array([1.e+16])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [25552],
    text: "[1.e+03]",
    representation: "array([1.e+03], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1148846080],
    text: "[1000.]",
    representation: "array([1000.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4652007308841189376],
    text: "[1000.]",
    representation: "array([1000.])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [25550],
    text: "[999.]",
    representation: "array([999.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1148829696],
    text: "[999.]",
    representation: "array([999.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4651998512748167168],
    text: "[999.]",
    representation: "array([999.])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [15360, 25552],
    text: "[1.e+00 1.e+03]",
    representation: "array([1.e+00, 1.e+03], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [1065353216, 1148846080],
    text: "[   1. 1000.]",
    representation: "array([   1., 1000.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4607182418800017408, 4652007308841189376],
    text: "[   1. 1000.]",
    representation: "array([   1., 1000.])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [15360, 25554],
    text: "[1.000e+00 1.001e+03]",
    representation: "array([1.000e+00, 1.001e+03], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [1065353216, 1148862464],
    text: "[1.000e+00 1.001e+03]",
    representation: "array([1.000e+00, 1.001e+03], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4607182418800017408, 4652016104934211584],
    text: "[1.000e+00 1.001e+03]",
    representation: "array([1.000e+00, 1.001e+03])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [0, 31744],
    text: "[ 0. inf]",
    representation: "array([ 0., inf], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [0, 2139095040],
    text: "[ 0. inf]",
    representation: "array([ 0., inf], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [118622047889322841, 9094988921128908188],
    text: "[1.e-300 1.e+300]",
    representation: "array([1.e-300, 1.e+300])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [31744, 15360],
    text: "[inf  1.]",
    representation: "array([inf,  1.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [2139095040, 1065353216],
    text: "[inf  1.]",
    representation: "array([inf,  1.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [6103021453049119613, 4607182418800017408],
    text: "[1.e+100 1.e+000]",
    representation: "array([1.e+100, 1.e+000])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [32256],
    text: "[nan]",
    representation: "array([nan], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [2143289344],
    text: "[nan]",
    representation: "array([nan], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [9221120237041090560],
    text: "[nan]",
    representation: "array([nan])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [31744, 15360],
    text: "[inf  1.]",
    representation: "array([inf,  1.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [2139095040, 1065353216],
    text: "[inf  1.]",
    representation: "array([inf,  1.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [9218868437227405312, 4607182418800017408],
    text: "[inf  1.]",
    representation: "array([inf,  1.])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [64512, 15872],
    text: "[-inf  1.5]",
    representation: "array([-inf,  1.5], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [4286578688, 1069547520],
    text: "[-inf  1.5]",
    representation: "array([-inf,  1.5], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [18442240474082181120, 4609434218613702656],
    text: "[-inf  1.5]",
    representation: "array([-inf,  1.5])"),
  PrintedArray(
    dtype: "float16", shape: [3],
    bits: [32256, 31744, 64512],
    text: "[ nan  inf -inf]",
    representation: "array([ nan,  inf, -inf], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [3],
    bits: [2143289344, 2139095040, 4286578688],
    text: "[ nan  inf -inf]",
    representation: "array([ nan,  inf, -inf], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [3],
    bits: [9221120237041090560, 9218868437227405312, 18442240474082181120],
    text: "[ nan  inf -inf]",
    representation: "array([ nan,  inf, -inf])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [32256, 48384],
    text: "[  nan -1.25]",
    representation: "array([  nan, -1.25], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [2143289344, 3214934016],
    text: "[  nan -1.25]",
    representation: "array([  nan, -1.25], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [9221120237041090560, 13831680355561635840],
    text: "[  nan -1.25]",
    representation: "array([  nan, -1.25])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [31744, 32256],
    text: "[inf nan]",
    representation: "array([inf, nan], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [1343554297, 2143289344],
    text: "[1.e+10    nan]",
    representation: "array([1.e+10,    nan], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4756540486875873280, 9221120237041090560],
    text: "[1.e+10    nan]",
    representation: "array([1.e+10,    nan])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [32770, 64512],
    text: "[-1.e-07    -inf]",
    representation: "array([-1.e-07,    -inf], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [3017195413, 4286578688],
    text: "[-1.e-07    -inf]",
    representation: "array([-1.e-07,    -inf], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [13725520251343122248, 18442240474082181120],
    text: "[-1.e-07    -inf]",
    representation: "array([-1.e-07,    -inf])"),
  PrintedArray(
    dtype: "float16", shape: [3],
    bits: [14336, 13312, 12288],
    text: "[0.5   0.25  0.125]",
    representation: "array([0.5  , 0.25 , 0.125], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [3],
    bits: [1056964608, 1048576000, 1040187392],
    text: "[0.5   0.25  0.125]",
    representation: "array([0.5  , 0.25 , 0.125], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [3],
    bits: [4602678819172646912, 4598175219545276416, 4593671619917905920],
    text: "[0.5   0.25  0.125]",
    representation: "array([0.5  , 0.25 , 0.125])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [0, 15360],
    text: "[0. 1.]",
    representation: "array([0., 1.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [0, 1065353216],
    text: "[0. 1.]",
    representation: "array([0., 1.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [1, 4607182418800017408],
    text: "[5.e-324 1.e+000]",
    representation: "array([5.e-324, 1.e+000])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [31743, 15360],
    text: "[6.55e+04 1.00e+00]",
    representation: "array([6.55e+04, 1.00e+00], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [1199562752, 1065353216],
    text: "[6.5504e+04 1.0000e+00]",
    representation: "array([6.5504e+04, 1.0000e+00], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4679235614791434240, 4607182418800017408],
    text: "[6.5504e+04 1.0000e+00]",
    representation: "array([6.5504e+04, 1.0000e+00])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [12263],
    text: "[0.1235]",
    representation: "array([0.1235], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1039980265],
    text: "[0.12345678]",
    representation: "array([0.12345678], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4593560419557922679],
    text: "[0.12345678]",
    representation: "array([0.12345678])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [15360],
    text: "[1.]",
    representation: "array([1.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1065353216],
    text: "[1.]",
    representation: "array([1.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4607182418822535406],
    text: "[1.]",
    representation: "array([1.])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [0],
    text: "[0.]",
    representation: "array([0.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [824953975],
    text: "[2.5e-09]",
    representation: "array([2.5e-09], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4478119059076975674],
    text: "[2.5e-09]",
    representation: "array([2.5e-09])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [0, 0],
    text: "[0. 0.]",
    representation: "array([0., 0.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [833342583, 814313567],
    text: "[5.e-09 1.e-09]",
    representation: "array([5.e-09, 1.e-09], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4482622658704346170, 4472406533629990549],
    text: "[5.e-09 1.e-09]",
    representation: "array([5.e-09, 1.e-09])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [31744],
    text: "[inf]",
    representation: "array([inf], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1345844999],
    text: "[1.2345679e+10]",
    representation: "array([1.2345679e+10], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4757770298148782080],
    text: "[1.23456788e+10]",
    representation: "array([1.23456788e+10])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [15360],
    text: "[1.]",
    representation: "array([1.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1065353216],
    text: "[1.]",
    representation: "array([1.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4607182418867126272],
    text: "[1.00000001]",
    representation: "array([1.00000001])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [13517],
    text: "[0.3]",
    representation: "array([0.3], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1050253722],
    text: "[0.3]",
    representation: "array([0.3], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4599075939685121857],
    text: "[0.30000001]",
    representation: "array([0.30000001])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [0, 0],
    text: "[0. 0.]",
    representation: "array([0., 0.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [813694976, 822083584],
    text: "[9.3132257e-10 1.8626451e-09]",
    representation: "array([9.3132257e-10, 1.8626451e-09], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4472074429978902528, 4476578029606273024],
    text: "[9.31322575e-10 1.86264515e-09]",
    representation: "array([9.31322575e-10, 1.86264515e-09])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [0],
    text: "[0.]",
    representation: "array([0.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [851443712],
    text: "[2.2351742e-08]",
    representation: "array([2.2351742e-08], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4492340628302069760],
    text: "[2.23517418e-08]",
    representation: "array([2.23517418e-08])"),
  PrintedArray(
    dtype: "float16", shape: [2],
    bits: [18688, 15360],
    text: "[10.  1.]",
    representation: "array([10.,  1.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [2],
    bits: [1092616192, 1065353216],
    text: "[10.  1.]",
    representation: "array([10.,  1.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [2],
    bits: [4621819117588408570, 4607182418800017408],
    text: "[10.  1.]",
    representation: "array([10.,  1.])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [15360],
    text: "[1.]",
    representation: "array([1.], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1065353216],
    text: "[1.]",
    representation: "array([1.], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4607182418799116688],
    text: "[1.]",
    representation: "array([1.])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [31744],
    text: "[inf]",
    representation: "array([inf], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [1287568416],
    text: "[1.e+08]",
    representation: "array([1.e+08], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4726483295884279807],
    text: "[99999999.99999999]",
    representation: "array([99999999.99999999])"),
  PrintedArray(
    dtype: "float16", shape: [1],
    bits: [336],
    text: "[2.e-05]",
    representation: "array([2.e-05], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [1],
    bits: [933741996],
    text: "[2.e-05]",
    representation: "array([2.e-05], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [1],
    bits: [4536524183238010885],
    text: "[2.e-05]",
    representation: "array([2.e-05])"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [15872],
    text: "1.5",
    representation: "array(1.5, dtype=float16)"),
  PrintedArray(
    dtype: "float16", shape: [2, 0, 3],
    bits: [],
    text: "[]",
    representation: "array([], shape=(2, 0, 3), dtype=float16)"),
  PrintedArray(
    dtype: "float16", shape: [3, 4],
    bits: [8780, 16890, 49532, 51316, 50316, 51445, 14544, 19123, 50412, 50740, 17638, 17187],
    text: "[[ 1.230e-02  2.988e+00 -2.742e+00 -8.906e+00]\n [-4.547e+00 -9.914e+00  6.016e-01  1.340e+01]\n [-4.922e+00 -6.203e+00  4.898e+00  3.568e+00]]",
    representation: "array([[ 1.230e-02,  2.988e+00, -2.742e+00, -8.906e+00],\n       [-4.547e+00, -9.914e+00,  6.016e-01,  1.340e+01],\n       [-4.922e+00, -6.203e+00,  4.898e+00,  3.568e+00]], dtype=float16)"),
  PrintedArray(
    dtype: "float16", shape: [2, 3, 4],
    bits: [1769, 37791, 33259, 4530, 38274, 36735, 38858, 38216, 38795, 35764, 38193, 3186, 2339, 35360, 39208, 36970, 33582, 1901, 38468, 36820, 37890, 37536, 5208, 37534],
    text: "[[[ 1.0544e-04 -9.3031e-04 -2.9266e-05  6.9523e-04]\n  [-1.3447e-03 -4.5753e-04 -1.9016e-03 -1.2894e-03]\n  [-1.8415e-03 -2.3508e-04 -1.2674e-03  2.7132e-04]]\n\n [[ 1.5676e-04 -1.8692e-04 -2.5177e-03 -5.3883e-04]\n  [-4.8518e-05  1.1331e-04 -1.5297e-03 -4.7779e-04]\n  [-9.7847e-04 -8.0872e-04  1.0605e-03 -8.0776e-04]]]",
    representation: "array([[[ 1.0544e-04, -9.3031e-04, -2.9266e-05,  6.9523e-04],\n        [-1.3447e-03, -4.5753e-04, -1.9016e-03, -1.2894e-03],\n        [-1.8415e-03, -2.3508e-04, -1.2674e-03,  2.7132e-04]],\n\n       [[ 1.5676e-04, -1.8692e-04, -2.5177e-03, -5.3883e-04],\n        [-4.8518e-05,  1.1331e-04, -1.5297e-03, -4.7779e-04],\n        [-9.7847e-04, -8.0872e-04,  1.0605e-03, -8.0776e-04]]],\n      dtype=float16)"),
  PrintedArray(
    dtype: "float16", shape: [60],
    bits: [7078, 15012, 12529, 13384, 15115, 14356, 15047, 14622, 14831, 11739, 14420, 14352, 15097, 13768, 14537, 11158, 13876, 13611, 12494, 14984, 13842, 15316, 14520, 14551, 14619, 14697, 12499, 14092, 13227, 13937, 11824, 15294, 13025, 14688, 13519, 15102, 14668, 12342, 15043, 15247, 15163, 14479, 12456, 12841, 15212, 14443, 12743, 15123, 14626, 14479, 13829, 13971, 13226, 10463, 15106, 14204, 14434, 13608, 14851, 9843],
    text: "[0.003735 0.83     0.1544   0.2676   0.8804   0.51     0.847    0.6396\n 0.7417   0.0915   0.541    0.508    0.8716   0.3613   0.598    0.05927\n 0.3877   0.323    0.1501   0.8164   0.3794   0.9785   0.59     0.605\n 0.638    0.6763   0.1508   0.4404   0.2396   0.4026   0.0967   0.968\n 0.215    0.672    0.3005   0.874    0.662    0.1316   0.845    0.945\n 0.904    0.57     0.1455   0.1925   0.9277   0.5522   0.1805   0.8843\n 0.6416   0.57     0.3762   0.411    0.2395   0.03806  0.876    0.4678\n 0.548    0.3223   0.7515   0.02519 ]",
    representation: "array([0.003735, 0.83    , 0.1544  , 0.2676  , 0.8804  , 0.51    ,\n       0.847   , 0.6396  , 0.7417  , 0.0915  , 0.541   , 0.508   ,\n       0.8716  , 0.3613  , 0.598   , 0.05927 , 0.3877  , 0.323   ,\n       0.1501  , 0.8164  , 0.3794  , 0.9785  , 0.59    , 0.605   ,\n       0.638   , 0.6763  , 0.1508  , 0.4404  , 0.2396  , 0.4026  ,\n       0.0967  , 0.968   , 0.215   , 0.672   , 0.3005  , 0.874   ,\n       0.662   , 0.1316  , 0.845   , 0.945   , 0.904   , 0.57    ,\n       0.1455  , 0.1925  , 0.9277  , 0.5522  , 0.1805  , 0.8843  ,\n       0.6416  , 0.57    , 0.3762  , 0.411   , 0.2395  , 0.03806 ,\n       0.876   , 0.4678  , 0.548   , 0.3223  , 0.7515  , 0.02519 ],\n      dtype=float16)"),
  PrintedArray(
    dtype: "float16", shape: [4, 7],
    bits: [10109, 39, 501, 31744, 21731, 12391, 16309, 30532, 8938, 18959, 22784, 9398, 16072, 26100, 31744, 1090, 31744, 19, 25662, 27955, 734, 11983, 28141, 25, 20570, 27242, 15803, 24578],
    text: "[[2.9251e-02 2.3246e-06 2.9862e-05        inf 7.8188e+01 1.3757e-01\n  1.9268e+00]\n [2.9760e+04 1.3504e-02 1.2117e+01 1.6000e+02 1.8402e-02 1.6953e+00\n  1.5240e+03]\n [       inf 6.4969e-05        inf 1.1325e-06 1.0860e+03 5.3240e+03\n  4.3750e-05]\n [1.0638e-01 6.0680e+03 1.4901e-06 3.4812e+01 3.2840e+03 1.4326e+00\n  5.1300e+02]]",
    representation: "array([[2.9251e-02, 2.3246e-06, 2.9862e-05,        inf, 7.8188e+01,\n        1.3757e-01, 1.9268e+00],\n       [2.9760e+04, 1.3504e-02, 1.2117e+01, 1.6000e+02, 1.8402e-02,\n        1.6953e+00, 1.5240e+03],\n       [       inf, 6.4969e-05,        inf, 1.1325e-06, 1.0860e+03,\n        5.3240e+03, 4.3750e-05],\n       [1.0638e-01, 6.0680e+03, 1.4901e-06, 3.4812e+01, 3.2840e+03,\n        1.4326e+00, 5.1300e+02]], dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [1069547520],
    text: "1.5",
    representation: "array(1.5, dtype=float32)"),
  PrintedArray(
    dtype: "float32", shape: [2, 0, 3],
    bits: [],
    text: "[]",
    representation: "array([], shape=(2, 0, 3), dtype=float32)"),
  PrintedArray(
    dtype: "float32", shape: [3, 4],
    bits: [3241477747, 1080571820, 3249162510, 1091007766, 3247157262, 1089611781, 3238479759, 1090078451, 1067949591, 3245728962, 1095228706, 1097247827],
    text: "[[-11.3140745   3.628398  -21.285671    8.466085 ]\n [-17.460964    7.567385   -8.45497     7.789911 ]\n [  1.309512  -15.368349   12.4914875  14.417071 ]]",
    representation: "array([[-11.3140745,   3.628398 , -21.285671 ,   8.466085 ],\n       [-17.460964 ,   7.567385 ,  -8.45497  ,   7.789911 ],\n       [  1.309512 , -15.368349 ,  12.4914875,  14.417071 ]],\n      dtype=float32)"),
  PrintedArray(
    dtype: "float32", shape: [2, 3, 4],
    bits: [3096051901, 3113196651, 3106382326, 3128926557, 982515316, 3121500380, 3092690249, 3125802296, 3122929422, 3131537751, 983876671, 3105985169, 981284327, 929008821, 3124103330, 3115009780, 3121798264, 923109394, 3116679030, 3114090192, 3132404042, 3126035075, 987286774, 3123705267],
    text: "[[[-6.5804903e-05 -2.7391626e-04 -1.5986696e-04 -9.7515230e-04]\n  [ 1.0985867e-03 -5.4289191e-04 -5.1190411e-05 -7.9329638e-04]\n  [-6.2607310e-04 -1.2777251e-03  1.2570693e-03 -1.5408757e-04]]\n\n [[ 9.6592162e-04  1.3324597e-05 -6.9440354e-04 -3.2668526e-04]\n  [-5.6023104e-04  7.9590991e-06 -3.7526683e-04 -2.9992172e-04]\n  [-1.3785746e-03 -8.0684590e-04  1.6540575e-03 -6.7123323e-04]]]",
    representation: "array([[[-6.5804903e-05, -2.7391626e-04, -1.5986696e-04, -9.7515230e-04],\n        [ 1.0985867e-03, -5.4289191e-04, -5.1190411e-05, -7.9329638e-04],\n        [-6.2607310e-04, -1.2777251e-03,  1.2570693e-03, -1.5408757e-04]],\n\n       [[ 9.6592162e-04,  1.3324597e-05, -6.9440354e-04, -3.2668526e-04],\n        [-5.6023104e-04,  7.9590991e-06, -3.7526683e-04, -2.9992172e-04],\n        [-1.3785746e-03, -8.0684590e-04,  1.6540575e-03, -6.7123323e-04]]],\n      dtype=float32)"),
  PrintedArray(
    dtype: "float32", shape: [60],
    bits: [1062671694, 1038497019, 1058705731, 1056266558, 1058553157, 1059636799, 1050477177, 1064704791, 1055818390, 1059113784, 1059233327, 1044139393, 1031628440, 1053995605, 1061394298, 1062253152, 1060823187, 1038604288, 1063899552, 1062031941, 1063301218, 1057355587, 1063937813, 1027544683, 1022894154, 1017486113, 1048668901, 1048480019, 1044381920, 1058089618, 1025486750, 1058481065, 1042939604, 1059948834, 1017947705, 1050608399, 1064318754, 1057608792, 1062192177, 1059615846, 1058822698, 1044633534, 1058212745, 1025674810, 1062025697, 1064683317, 1062903895, 1028633835, 1051550939, 1050857809, 1038538795, 1059088802, 1061955128, 1050714138, 1063051537, 1061949570, 1040465085, 1061441762, 1063383918, 1045038193],
    text: "[0.84016883 0.11240574 0.603779   0.4791965  0.5946849  0.659275\n 0.3066595  0.96135086 0.46584004 0.6281009  0.6352262  0.1838894\n 0.06186542 0.41151682 0.7640301  0.8152218  0.72998923 0.11320496\n 0.9133549  0.8020366  0.8776914  0.52330416 0.9156354  0.04665224\n 0.03028883 0.02021557 0.25276867 0.24856977 0.18750334 0.5670558\n 0.03898584 0.5903879  0.16601115 0.67787373 0.02107535 0.3105702\n 0.93834126 0.53839636 0.8115874  0.6580261  0.6107508  0.19125268\n 0.57439476 0.03968642 0.8016644  0.9600709  0.8540091  0.05070965\n 0.3386601  0.3180032  0.112717   0.6266118  0.7974582  0.31372148\n 0.86280924 0.7971269  0.12913795 0.7668592  0.8826207  0.19728257]",
    representation: "array([0.84016883, 0.11240574, 0.603779  , 0.4791965 , 0.5946849 ,\n       0.659275  , 0.3066595 , 0.96135086, 0.46584004, 0.6281009 ,\n       0.6352262 , 0.1838894 , 0.06186542, 0.41151682, 0.7640301 ,\n       0.8152218 , 0.72998923, 0.11320496, 0.9133549 , 0.8020366 ,\n       0.8776914 , 0.52330416, 0.9156354 , 0.04665224, 0.03028883,\n       0.02021557, 0.25276867, 0.24856977, 0.18750334, 0.5670558 ,\n       0.03898584, 0.5903879 , 0.16601115, 0.67787373, 0.02107535,\n       0.3105702 , 0.93834126, 0.53839636, 0.8115874 , 0.6580261 ,\n       0.6107508 , 0.19125268, 0.57439476, 0.03968642, 0.8016644 ,\n       0.9600709 , 0.8540091 , 0.05070965, 0.3386601 , 0.3180032 ,\n       0.112717  , 0.6266118 , 0.7974582 , 0.31372148, 0.86280924,\n       0.7971269 , 0.12913795, 0.7668592 , 0.8826207 , 0.19728257],\n      dtype=float32)"),
  PrintedArray(
    dtype: "float32", shape: [4, 7],
    bits: [1089786246, 1111028678, 1101273312, 930067251, 1118563234, 1108953728, 1173402412, 1166612165, 1007299976, 1139209709, 1187483399, 1196086424, 951443588, 906778942, 1115752923, 969248192, 1085935835, 1213497199, 1024586356, 982352899, 1050276912, 1117398943, 931728557, 1024926626, 942196481, 1118960715, 1175499176, 1023956377],
    text: "[[7.6505766e+00 4.6238060e+01 2.0512146e+01 1.4287233e-05 8.5960220e+01\n  3.8322754e+01 7.7023965e+03]\n [4.3868462e+03 8.4337071e-03 4.6192130e+02 2.5543514e+04 5.1924594e+04\n  8.6725719e-05 2.0913571e-06]\n [6.4519249e+01 3.7680380e-04 5.8145576e+00 2.1759773e+05 3.5631612e-02\n  1.0796789e-03 3.0069113e-01]\n [7.7077385e+01 1.6337575e-05 3.6899216e-02 4.0239658e-05 8.8992760e+01\n  9.2604141e+03 3.3284757e-02]]",
    representation: "array([[7.6505766e+00, 4.6238060e+01, 2.0512146e+01, 1.4287233e-05,\n        8.5960220e+01, 3.8322754e+01, 7.7023965e+03],\n       [4.3868462e+03, 8.4337071e-03, 4.6192130e+02, 2.5543514e+04,\n        5.1924594e+04, 8.6725719e-05, 2.0913571e-06],\n       [6.4519249e+01, 3.7680380e-04, 5.8145576e+00, 2.1759773e+05,\n        3.5631612e-02, 1.0796789e-03, 3.0069113e-01],\n       [7.7077385e+01, 1.6337575e-05, 3.6899216e-02, 4.0239658e-05,\n        8.8992760e+01, 9.2604141e+03, 3.3284757e-02]], dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4609434218613702656],
    text: "1.5",
    representation: "array(1.5)"),
  PrintedArray(
    dtype: "float64", shape: [2, 0, 3],
    bits: [],
    text: "[]",
    representation: "array([], shape=(2, 0, 3), dtype=float64)"),
  PrintedArray(
    dtype: "float64", shape: [3, 4],
    bits: [13850258874038561213, 13842850099483239373, 13849606924328164003, 13853144846925665302, 13841026623511408624, 4623696892609757001, 4602159987585564761, 13846162500423214133, 13844857324379414088, 4622554404707826015, 4609777691196656867, 4602318394574423766],
    text: "[[-22.00415672  -6.9207255  -19.68796607 -32.51438415]\n [ -5.3011535   13.3355985    0.47119906 -11.72545707]\n [ -9.40699868  11.3061323    1.57626623   0.47999242]]",
    representation: "array([[-22.00415672,  -6.9207255 , -19.68796607, -32.51438415],\n       [ -5.3011535 ,  13.3355985 ,   0.47119906, -11.72545707],\n       [ -9.40699868,  11.3061323 ,   1.57626623,   0.47999242]])"),
  PrintedArray(
    dtype: "float64", shape: [2, 3, 4],
    bits: [13766386429108212022, 4540791703140289350, 4560567779193917816, 4558235757030485900, 4552090122810526748, 13785824241177475946, 4557853369561631214, 13782822325491802823, 4562687295708809445, 13786876547056973561, 13772581378728665943, 13753673193873068071, 13787123709118995373, 4565584015453043302, 4564377760368729569, 13780559271506107104, 4560257094690288254, 4555620964188245566, 13791544917198807213, 4553254651767038231, 13767526855408720345, 4545768781277604312, 13785981068765079873, 13776976236527614195],
    text: "[[[-5.34617888e-05  3.84002616e-05  8.05405647e-04  5.52567297e-04]\n  [ 2.15704700e-04 -1.04286836e-03  5.11108765e-04 -6.84247078e-04]\n  [ 1.09384568e-03 -1.27105082e-03 -1.37620976e-04 -7.35828629e-06]]\n\n [[-1.32464555e-03  1.72197164e-03  1.46040677e-03 -4.63583762e-04]\n  [ 7.71721166e-04  3.78676070e-04 -2.61355946e-03  2.50398016e-04]\n  [-6.13440798e-05  8.32173535e-05 -1.07687492e-03 -2.69347046e-04]]]",
    representation: "array([[[-5.34617888e-05,  3.84002616e-05,  8.05405647e-04,\n          5.52567297e-04],\n        [ 2.15704700e-04, -1.04286836e-03,  5.11108765e-04,\n         -6.84247078e-04],\n        [ 1.09384568e-03, -1.27105082e-03, -1.37620976e-04,\n         -7.35828629e-06]],\n\n       [[-1.32464555e-03,  1.72197164e-03,  1.46040677e-03,\n         -4.63583762e-04],\n        [ 7.71721166e-04,  3.78676070e-04, -2.61355946e-03,\n          2.50398016e-04],\n        [-6.13440798e-05,  8.32173535e-05, -1.07687492e-03,\n         -2.69347046e-04]]])"),
  PrintedArray(
    dtype: "float64", shape: [60],
    bits: [4603004159591447606, 4604915591040909716, 4606250954878381160, 4593698335902630504, 4595807054386543712, 4605376808358101566, 4603980554227837912, 4604669165138355777, 4607153336040093775, 4606634600569264596, 4605768514299059926, 4605174856481427680, 4600787653479537500, 4603950897912479372, 4595813374903275620, 4605016137526933599, 4604999890334050654, 4604672069255975302, 4601684406800558728, 4600484311069190694, 4601233540776314854, 4584965511174156912, 4605780179068580843, 4603060453102181716, 4600652535110735196, 4603111423858378905, 4604675176783717844, 4600543408035022082, 4605656965599790465, 4606457009112879957, 4600650979717103974, 4594133370541543300, 4605024053330244137, 4607118907765792779, 4594499855263496096, 4604594431363569275, 4605609071861379240, 4606466994482183105, 4593554988525003784, 4591280022113701024, 4607073175721064318, 4593077612067910560, 4595538183950097120, 4603353935182372303, 4601710960237663914, 4604934151531767933, 4596033568704916436, 4606411652597713396, 4596993289321721432, 4605102755482898624, 4589535768042895992, 4602199682789183514, 4584852970403701568, 4599324731039485380, 4599296267709379118, 4604658137149886386, 4601868486188194756, 4588342868949936432, 4607140640342283034, 4606179911278348547],
    text: "[0.53612004 0.74833156 0.89658673 0.12574152 0.18427021 0.79953697\n 0.64452162 0.72097279 0.99677117 0.93917996 0.84302507 0.77711581\n 0.39501922 0.64122911 0.18444564 0.75949447 0.75769066 0.72129521\n 0.44479902 0.37818033 0.41977093 0.03333924 0.84432012 0.54236988\n 0.38751864 0.54802877 0.72164022 0.38146087 0.83064067 0.91946335\n 0.3874323  0.13781615 0.7603733  0.99294886 0.14798815 0.71267568\n 0.8253234  0.92057194 0.12338141 0.09180991 0.98787158 0.11675649\n 0.17680756 0.57495293 0.44627304 0.75039219 0.19055725 0.91442776\n 0.21719485 0.76911099 0.06760353 0.47340259 0.03255833 0.31381071\n 0.31223067 0.71974844 0.45501748 0.05677436 0.99536166 0.88869931]",
    representation: "array([0.53612004, 0.74833156, 0.89658673, 0.12574152, 0.18427021,\n       0.79953697, 0.64452162, 0.72097279, 0.99677117, 0.93917996,\n       0.84302507, 0.77711581, 0.39501922, 0.64122911, 0.18444564,\n       0.75949447, 0.75769066, 0.72129521, 0.44479902, 0.37818033,\n       0.41977093, 0.03333924, 0.84432012, 0.54236988, 0.38751864,\n       0.54802877, 0.72164022, 0.38146087, 0.83064067, 0.91946335,\n       0.3874323 , 0.13781615, 0.7603733 , 0.99294886, 0.14798815,\n       0.71267568, 0.8253234 , 0.92057194, 0.12338141, 0.09180991,\n       0.98787158, 0.11675649, 0.17680756, 0.57495293, 0.44627304,\n       0.75039219, 0.19055725, 0.91442776, 0.21719485, 0.76911099,\n       0.06760353, 0.47340259, 0.03255833, 0.31381071, 0.31223067,\n       0.71974844, 0.45501748, 0.05677436, 0.99536166, 0.88869931])"),
  PrintedArray(
    dtype: "float64", shape: [4, 7],
    bits: [4681543590529095068, 4561529882584166069, 4587888210644047601, 4558048796451245293, 4539779466887239872, 4522990960561555589, 4607617342964446679, 4539485507422585872, 4548947089243066081, 4671548209179576978, 4604002997466743393, 4550039364054668502, 4637387375116935297, 4564791707119152585, 4611922395201164530, 4567877867798920453, 4609717544607404058, 4630103781461026145, 4613306299666246352, 4588213845907056076, 4659010379576581170, 4674054309471801028, 4549372912061152537, 4541503263773571684, 4537356252963353414, 4693135430727286895, 4686081420701840786, 4558545470652876728],
    text: "[[9.90574673e+04 9.09717106e-04 5.36195366e-02 5.32296991e-04\n  3.15410819e-05 2.49050315e-06 1.09657256e+00]\n [3.00333566e-05 1.30512604e-04 2.11693813e+04 6.47013323e-01\n  1.60118773e-04 1.09238246e+02 1.55016716e-03]\n [2.10497237e+00 2.48561817e-03 1.56291101e+00 3.48660773e+01\n  2.71954942e+00 5.58790852e-02 3.08862786e+03]\n [3.02865211e+04 1.42054555e-04 4.32219840e-05 2.28191619e-05\n  5.69063546e+05 1.99111175e+05 5.86146516e-04]]",
    representation: "array([[9.90574673e+04, 9.09717106e-04, 5.36195366e-02, 5.32296991e-04,\n        3.15410819e-05, 2.49050315e-06, 1.09657256e+00],\n       [3.00333566e-05, 1.30512604e-04, 2.11693813e+04, 6.47013323e-01,\n        1.60118773e-04, 1.09238246e+02, 1.55016716e-03],\n       [2.10497237e+00, 2.48561817e-03, 1.56291101e+00, 3.48660773e+01,\n        2.71954942e+00, 5.58790852e-02, 3.08862786e+03],\n       [3.02865211e+04, 1.42054555e-04, 4.32219840e-05, 2.28191619e-05,\n        5.69063546e+05, 1.99111175e+05, 5.86146516e-04]])"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [0],
    text: "0.0",
    representation: "array(0., dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [0],
    text: "0.0",
    representation: "array(0., dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [0],
    text: "0.0",
    representation: "array(0.)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [32768],
    text: "-0.0",
    representation: "array(-0., dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [2147483648],
    text: "-0.0",
    representation: "array(-0., dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [9223372036854775808],
    text: "-0.0",
    representation: "array(-0.)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [15360],
    text: "1.0",
    representation: "array(1., dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [1065353216],
    text: "1.0",
    representation: "array(1., dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4607182418800017408],
    text: "1.0",
    representation: "array(1.)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [31744],
    text: "inf",
    representation: "array(inf, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [1510874058],
    text: "1e+16",
    representation: "array(1.e+16, dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4846369599423283200],
    text: "1e+16",
    representation: "array(1.e+16)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [31744],
    text: "inf",
    representation: "array(inf, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [1482907561],
    text: "1e+15",
    representation: "array(1.e+15, dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4831355200913801216],
    text: "1000000000000000.0",
    representation: "array(1.e+15)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [1678],
    text: "0.0001",
    representation: "array(0.0001, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [953267991],
    text: "1e-04",
    representation: "array(0.0001, dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4547007122018943789],
    text: "0.0001",
    representation: "array(0.0001)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [1510],
    text: "9e-05",
    representation: "array(9.e-05, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [951893602],
    text: "9e-05",
    representation: "array(9.e-05, dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4546269252255995407],
    text: "9e-05",
    representation: "array(9.e-05)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [31744],
    text: "inf",
    representation: "array(inf, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [1206984800],
    text: "123456.75",
    representation: "array(123456.75, dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4683220296470102016],
    text: "123456.75",
    representation: "array(123456.75)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [31744],
    text: "inf",
    representation: "array(inf, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [1232348160],
    text: "1e+06",
    representation: "array(1.e+06, dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4696837146684686336],
    text: "1000000.0",
    representation: "array(1000000.)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [31744],
    text: "inf",
    representation: "array(inf, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [1232348144],
    text: "999999.0",
    representation: "array(999999., dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4696837138094751744],
    text: "999999.0",
    representation: "array(999999.)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [25552],
    text: "1e+03",
    representation: "array(1.e+03, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [1148846080],
    text: "1000.0",
    representation: "array(1000., dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4652007308841189376],
    text: "1000.0",
    representation: "array(1000.)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [0],
    text: "0.0",
    representation: "array(0., dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [0],
    text: "0.0",
    representation: "array(0., dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [1],
    text: "5e-324",
    representation: "array(5.e-324)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [32256],
    text: "nan",
    representation: "array(nan, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [2143289344],
    text: "nan",
    representation: "array(nan, dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [9221120237041090560],
    text: "nan",
    representation: "array(nan)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [31744],
    text: "inf",
    representation: "array(inf, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [2139095040],
    text: "inf",
    representation: "array(inf, dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [9218868437227405312],
    text: "inf",
    representation: "array(inf)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [64512],
    text: "-inf",
    representation: "array(-inf, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [4286578688],
    text: "-inf",
    representation: "array(-inf, dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [18442240474082181120],
    text: "-inf",
    representation: "array(-inf)"),
  PrintedArray(
    dtype: "float16", shape: [],
    bits: [11878],
    text: "0.1",
    representation: "array(0.1, dtype=float16)"),
  PrintedArray(
    dtype: "float32", shape: [],
    bits: [1036831949],
    text: "0.1",
    representation: "array(0.1, dtype=float32)"),
  PrintedArray(
    dtype: "float64", shape: [],
    bits: [4591870180066957722],
    text: "0.1",
    representation: "array(0.1)"),
  PrintedArray(
    dtype: "int8", shape: [4],
    bits: [128, 127, 0, 7],
    text: "[-128  127    0    7]",
    representation: "array([-128,  127,    0,    7], dtype=int8)"),
  PrintedArray(
    dtype: "int8", shape: [],
    bits: [127],
    text: "127",
    representation: "array(127, dtype=int8)"),
  PrintedArray(
    dtype: "int8", shape: [2, 4, 5],
    bits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
    text: "[[[ 0  1  2  3  4]\n  [ 5  6  7  8  9]\n  [10 11 12 13 14]\n  [15 16 17 18 19]]\n\n [[20 21 22 23 24]\n  [25 26 27 28 29]\n  [30 31 32 33 34]\n  [35 36 37 38 39]]]",
    representation: "array([[[ 0,  1,  2,  3,  4],\n        [ 5,  6,  7,  8,  9],\n        [10, 11, 12, 13, 14],\n        [15, 16, 17, 18, 19]],\n\n       [[20, 21, 22, 23, 24],\n        [25, 26, 27, 28, 29],\n        [30, 31, 32, 33, 34],\n        [35, 36, 37, 38, 39]]], dtype=int8)"),
  PrintedArray(
    dtype: "int16", shape: [4],
    bits: [32768, 32767, 0, 7],
    text: "[-32768  32767      0      7]",
    representation: "array([-32768,  32767,      0,      7], dtype=int16)"),
  PrintedArray(
    dtype: "int16", shape: [],
    bits: [32767],
    text: "32767",
    representation: "array(32767, dtype=int16)"),
  PrintedArray(
    dtype: "int16", shape: [2, 4, 5],
    bits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
    text: "[[[ 0  1  2  3  4]\n  [ 5  6  7  8  9]\n  [10 11 12 13 14]\n  [15 16 17 18 19]]\n\n [[20 21 22 23 24]\n  [25 26 27 28 29]\n  [30 31 32 33 34]\n  [35 36 37 38 39]]]",
    representation: "array([[[ 0,  1,  2,  3,  4],\n        [ 5,  6,  7,  8,  9],\n        [10, 11, 12, 13, 14],\n        [15, 16, 17, 18, 19]],\n\n       [[20, 21, 22, 23, 24],\n        [25, 26, 27, 28, 29],\n        [30, 31, 32, 33, 34],\n        [35, 36, 37, 38, 39]]], dtype=int16)"),
  PrintedArray(
    dtype: "int32", shape: [4],
    bits: [2147483648, 2147483647, 0, 7],
    text: "[-2147483648  2147483647           0           7]",
    representation: "array([-2147483648,  2147483647,           0,           7], dtype=int32)"),
  PrintedArray(
    dtype: "int32", shape: [],
    bits: [2147483647],
    text: "2147483647",
    representation: "array(2147483647, dtype=int32)"),
  PrintedArray(
    dtype: "int32", shape: [2, 4, 5],
    bits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
    text: "[[[ 0  1  2  3  4]\n  [ 5  6  7  8  9]\n  [10 11 12 13 14]\n  [15 16 17 18 19]]\n\n [[20 21 22 23 24]\n  [25 26 27 28 29]\n  [30 31 32 33 34]\n  [35 36 37 38 39]]]",
    representation: "array([[[ 0,  1,  2,  3,  4],\n        [ 5,  6,  7,  8,  9],\n        [10, 11, 12, 13, 14],\n        [15, 16, 17, 18, 19]],\n\n       [[20, 21, 22, 23, 24],\n        [25, 26, 27, 28, 29],\n        [30, 31, 32, 33, 34],\n        [35, 36, 37, 38, 39]]], dtype=int32)"),
  PrintedArray(
    dtype: "int64", shape: [4],
    bits: [9223372036854775808, 9223372036854775807, 0, 7],
    text: "[-9223372036854775808  9223372036854775807                    0\n                    7]",
    representation: "array([-9223372036854775808,  9223372036854775807,                    0,\n                          7])"),
  PrintedArray(
    dtype: "int64", shape: [],
    bits: [9223372036854775807],
    text: "9223372036854775807",
    representation: "array(9223372036854775807)"),
  PrintedArray(
    dtype: "int64", shape: [2, 4, 5],
    bits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
    text: "[[[ 0  1  2  3  4]\n  [ 5  6  7  8  9]\n  [10 11 12 13 14]\n  [15 16 17 18 19]]\n\n [[20 21 22 23 24]\n  [25 26 27 28 29]\n  [30 31 32 33 34]\n  [35 36 37 38 39]]]",
    representation: "array([[[ 0,  1,  2,  3,  4],\n        [ 5,  6,  7,  8,  9],\n        [10, 11, 12, 13, 14],\n        [15, 16, 17, 18, 19]],\n\n       [[20, 21, 22, 23, 24],\n        [25, 26, 27, 28, 29],\n        [30, 31, 32, 33, 34],\n        [35, 36, 37, 38, 39]]])"),
  PrintedArray(
    dtype: "uint8", shape: [4],
    bits: [0, 255, 0, 7],
    text: "[  0 255   0   7]",
    representation: "array([  0, 255,   0,   7], dtype=uint8)"),
  PrintedArray(
    dtype: "uint8", shape: [],
    bits: [255],
    text: "255",
    representation: "array(255, dtype=uint8)"),
  PrintedArray(
    dtype: "uint8", shape: [2, 4, 5],
    bits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
    text: "[[[ 0  1  2  3  4]\n  [ 5  6  7  8  9]\n  [10 11 12 13 14]\n  [15 16 17 18 19]]\n\n [[20 21 22 23 24]\n  [25 26 27 28 29]\n  [30 31 32 33 34]\n  [35 36 37 38 39]]]",
    representation: "array([[[ 0,  1,  2,  3,  4],\n        [ 5,  6,  7,  8,  9],\n        [10, 11, 12, 13, 14],\n        [15, 16, 17, 18, 19]],\n\n       [[20, 21, 22, 23, 24],\n        [25, 26, 27, 28, 29],\n        [30, 31, 32, 33, 34],\n        [35, 36, 37, 38, 39]]], dtype=uint8)"),
  PrintedArray(
    dtype: "uint16", shape: [4],
    bits: [0, 65535, 0, 7],
    text: "[    0 65535     0     7]",
    representation: "array([    0, 65535,     0,     7], dtype=uint16)"),
  PrintedArray(
    dtype: "uint16", shape: [],
    bits: [65535],
    text: "65535",
    representation: "array(65535, dtype=uint16)"),
  PrintedArray(
    dtype: "uint16", shape: [2, 4, 5],
    bits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
    text: "[[[ 0  1  2  3  4]\n  [ 5  6  7  8  9]\n  [10 11 12 13 14]\n  [15 16 17 18 19]]\n\n [[20 21 22 23 24]\n  [25 26 27 28 29]\n  [30 31 32 33 34]\n  [35 36 37 38 39]]]",
    representation: "array([[[ 0,  1,  2,  3,  4],\n        [ 5,  6,  7,  8,  9],\n        [10, 11, 12, 13, 14],\n        [15, 16, 17, 18, 19]],\n\n       [[20, 21, 22, 23, 24],\n        [25, 26, 27, 28, 29],\n        [30, 31, 32, 33, 34],\n        [35, 36, 37, 38, 39]]], dtype=uint16)"),
  PrintedArray(
    dtype: "uint32", shape: [4],
    bits: [0, 4294967295, 0, 7],
    text: "[         0 4294967295          0          7]",
    representation: "array([         0, 4294967295,          0,          7], dtype=uint32)"),
  PrintedArray(
    dtype: "uint32", shape: [],
    bits: [4294967295],
    text: "4294967295",
    representation: "array(4294967295, dtype=uint32)"),
  PrintedArray(
    dtype: "uint32", shape: [2, 4, 5],
    bits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
    text: "[[[ 0  1  2  3  4]\n  [ 5  6  7  8  9]\n  [10 11 12 13 14]\n  [15 16 17 18 19]]\n\n [[20 21 22 23 24]\n  [25 26 27 28 29]\n  [30 31 32 33 34]\n  [35 36 37 38 39]]]",
    representation: "array([[[ 0,  1,  2,  3,  4],\n        [ 5,  6,  7,  8,  9],\n        [10, 11, 12, 13, 14],\n        [15, 16, 17, 18, 19]],\n\n       [[20, 21, 22, 23, 24],\n        [25, 26, 27, 28, 29],\n        [30, 31, 32, 33, 34],\n        [35, 36, 37, 38, 39]]], dtype=uint32)"),
  PrintedArray(
    dtype: "uint64", shape: [4],
    bits: [0, 18446744073709551615, 0, 7],
    text: "[                   0 18446744073709551615                    0\n                    7]",
    representation: "array([                   0, 18446744073709551615,                    0,\n                          7], dtype=uint64)"),
  PrintedArray(
    dtype: "uint64", shape: [],
    bits: [18446744073709551615],
    text: "18446744073709551615",
    representation: "array(18446744073709551615, dtype=uint64)"),
  PrintedArray(
    dtype: "uint64", shape: [2, 4, 5],
    bits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
    text: "[[[ 0  1  2  3  4]\n  [ 5  6  7  8  9]\n  [10 11 12 13 14]\n  [15 16 17 18 19]]\n\n [[20 21 22 23 24]\n  [25 26 27 28 29]\n  [30 31 32 33 34]\n  [35 36 37 38 39]]]",
    representation: "array([[[ 0,  1,  2,  3,  4],\n        [ 5,  6,  7,  8,  9],\n        [10, 11, 12, 13, 14],\n        [15, 16, 17, 18, 19]],\n\n       [[20, 21, 22, 23, 24],\n        [25, 26, 27, 28, 29],\n        [30, 31, 32, 33, 34],\n        [35, 36, 37, 38, 39]]], dtype=uint64)"),
  PrintedArray(
    dtype: "int64", shape: [1001],
    bits: Array(0..<1001),
    text: "[   0    1    2 ...  998  999 1000]",
    representation: "array([   0,    1,    2, ...,  998,  999, 1000], shape=(1001,))"),
  PrintedArray(
    dtype: "int64", shape: [1000],
    bits: Array(0..<1000),
    text: "[  0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  16  17\n  18  19  20  21  22  23  24  25  26  27  28  29  30  31  32  33  34  35\n  36  37  38  39  40  41  42  43  44  45  46  47  48  49  50  51  52  53\n  54  55  56  57  58  59  60  61  62  63  64  65  66  67  68  69  70  71\n  72  73  74  75  76  77  78  79  80  81  82  83  84  85  86  87  88  89\n  90  91  92  93  94  95  96  97  98  99 100 101 102 103 104 105 106 107\n 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125\n 126 127 128 129 130 131 132 133 134 135 136 137 138 139 140 141 142 143\n 144 145 146 147 148 149 150 151 152 153 154 155 156 157 158 159 160 161\n 162 163 164 165 166 167 168 169 170 171 172 173 174 175 176 177 178 179\n 180 181 182 183 184 185 186 187 188 189 190 191 192 193 194 195 196 197\n 198 199 200 201 202 203 204 205 206 207 208 209 210 211 212 213 214 215\n 216 217 218 219 220 221 222 223 224 225 226 227 228 229 230 231 232 233\n 234 235 236 237 238 239 240 241 242 243 244 245 246 247 248 249 250 251\n 252 253 254 255 256 257 258 259 260 261 262 263 264 265 266 267 268 269\n 270 271 272 273 274 275 276 277 278 279 280 281 282 283 284 285 286 287\n 288 289 290 291 292 293 294 295 296 297 298 299 300 301 302 303 304 305\n 306 307 308 309 310 311 312 313 314 315 316 317 318 319 320 321 322 323\n 324 325 326 327 328 329 330 331 332 333 334 335 336 337 338 339 340 341\n 342 343 344 345 346 347 348 349 350 351 352 353 354 355 356 357 358 359\n 360 361 362 363 364 365 366 367 368 369 370 371 372 373 374 375 376 377\n 378 379 380 381 382 383 384 385 386 387 388 389 390 391 392 393 394 395\n 396 397 398 399 400 401 402 403 404 405 406 407 408 409 410 411 412 413\n 414 415 416 417 418 419 420 421 422 423 424 425 426 427 428 429 430 431\n 432 433 434 435 436 437 438 439 440 441 442 443 444 445 446 447 448 449\n 450 451 452 453 454 455 456 457 458 459 460 461 462 463 464 465 466 467\n 468 469 470 471 472 473 474 475 476 477 478 479 480 481 482 483 484 485\n 486 487 488 489 490 491 492 493 494 495 496 497 498 499 500 501 502 503\n 504 505 506 507 508 509 510 511 512 513 514 515 516 517 518 519 520 521\n 522 523 524 525 526 527 528 529 530 531 532 533 534 535 536 537 538 539\n 540 541 542 543 544 545 546 547 548 549 550 551 552 553 554 555 556 557\n 558 559 560 561 562 563 564 565 566 567 568 569 570 571 572 573 574 575\n 576 577 578 579 580 581 582 583 584 585 586 587 588 589 590 591 592 593\n 594 595 596 597 598 599 600 601 602 603 604 605 606 607 608 609 610 611\n 612 613 614 615 616 617 618 619 620 621 622 623 624 625 626 627 628 629\n 630 631 632 633 634 635 636 637 638 639 640 641 642 643 644 645 646 647\n 648 649 650 651 652 653 654 655 656 657 658 659 660 661 662 663 664 665\n 666 667 668 669 670 671 672 673 674 675 676 677 678 679 680 681 682 683\n 684 685 686 687 688 689 690 691 692 693 694 695 696 697 698 699 700 701\n 702 703 704 705 706 707 708 709 710 711 712 713 714 715 716 717 718 719\n 720 721 722 723 724 725 726 727 728 729 730 731 732 733 734 735 736 737\n 738 739 740 741 742 743 744 745 746 747 748 749 750 751 752 753 754 755\n 756 757 758 759 760 761 762 763 764 765 766 767 768 769 770 771 772 773\n 774 775 776 777 778 779 780 781 782 783 784 785 786 787 788 789 790 791\n 792 793 794 795 796 797 798 799 800 801 802 803 804 805 806 807 808 809\n 810 811 812 813 814 815 816 817 818 819 820 821 822 823 824 825 826 827\n 828 829 830 831 832 833 834 835 836 837 838 839 840 841 842 843 844 845\n 846 847 848 849 850 851 852 853 854 855 856 857 858 859 860 861 862 863\n 864 865 866 867 868 869 870 871 872 873 874 875 876 877 878 879 880 881\n 882 883 884 885 886 887 888 889 890 891 892 893 894 895 896 897 898 899\n 900 901 902 903 904 905 906 907 908 909 910 911 912 913 914 915 916 917\n 918 919 920 921 922 923 924 925 926 927 928 929 930 931 932 933 934 935\n 936 937 938 939 940 941 942 943 944 945 946 947 948 949 950 951 952 953\n 954 955 956 957 958 959 960 961 962 963 964 965 966 967 968 969 970 971\n 972 973 974 975 976 977 978 979 980 981 982 983 984 985 986 987 988 989\n 990 991 992 993 994 995 996 997 998 999]",
    representation: "array([  0,   1,   2,   3,   4,   5,   6,   7,   8,   9,  10,  11,  12,\n        13,  14,  15,  16,  17,  18,  19,  20,  21,  22,  23,  24,  25,\n        26,  27,  28,  29,  30,  31,  32,  33,  34,  35,  36,  37,  38,\n        39,  40,  41,  42,  43,  44,  45,  46,  47,  48,  49,  50,  51,\n        52,  53,  54,  55,  56,  57,  58,  59,  60,  61,  62,  63,  64,\n        65,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,\n        78,  79,  80,  81,  82,  83,  84,  85,  86,  87,  88,  89,  90,\n        91,  92,  93,  94,  95,  96,  97,  98,  99, 100, 101, 102, 103,\n       104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116,\n       117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129,\n       130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142,\n       143, 144, 145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155,\n       156, 157, 158, 159, 160, 161, 162, 163, 164, 165, 166, 167, 168,\n       169, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179, 180, 181,\n       182, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194,\n       195, 196, 197, 198, 199, 200, 201, 202, 203, 204, 205, 206, 207,\n       208, 209, 210, 211, 212, 213, 214, 215, 216, 217, 218, 219, 220,\n       221, 222, 223, 224, 225, 226, 227, 228, 229, 230, 231, 232, 233,\n       234, 235, 236, 237, 238, 239, 240, 241, 242, 243, 244, 245, 246,\n       247, 248, 249, 250, 251, 252, 253, 254, 255, 256, 257, 258, 259,\n       260, 261, 262, 263, 264, 265, 266, 267, 268, 269, 270, 271, 272,\n       273, 274, 275, 276, 277, 278, 279, 280, 281, 282, 283, 284, 285,\n       286, 287, 288, 289, 290, 291, 292, 293, 294, 295, 296, 297, 298,\n       299, 300, 301, 302, 303, 304, 305, 306, 307, 308, 309, 310, 311,\n       312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 322, 323, 324,\n       325, 326, 327, 328, 329, 330, 331, 332, 333, 334, 335, 336, 337,\n       338, 339, 340, 341, 342, 343, 344, 345, 346, 347, 348, 349, 350,\n       351, 352, 353, 354, 355, 356, 357, 358, 359, 360, 361, 362, 363,\n       364, 365, 366, 367, 368, 369, 370, 371, 372, 373, 374, 375, 376,\n       377, 378, 379, 380, 381, 382, 383, 384, 385, 386, 387, 388, 389,\n       390, 391, 392, 393, 394, 395, 396, 397, 398, 399, 400, 401, 402,\n       403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415,\n       416, 417, 418, 419, 420, 421, 422, 423, 424, 425, 426, 427, 428,\n       429, 430, 431, 432, 433, 434, 435, 436, 437, 438, 439, 440, 441,\n       442, 443, 444, 445, 446, 447, 448, 449, 450, 451, 452, 453, 454,\n       455, 456, 457, 458, 459, 460, 461, 462, 463, 464, 465, 466, 467,\n       468, 469, 470, 471, 472, 473, 474, 475, 476, 477, 478, 479, 480,\n       481, 482, 483, 484, 485, 486, 487, 488, 489, 490, 491, 492, 493,\n       494, 495, 496, 497, 498, 499, 500, 501, 502, 503, 504, 505, 506,\n       507, 508, 509, 510, 511, 512, 513, 514, 515, 516, 517, 518, 519,\n       520, 521, 522, 523, 524, 525, 526, 527, 528, 529, 530, 531, 532,\n       533, 534, 535, 536, 537, 538, 539, 540, 541, 542, 543, 544, 545,\n       546, 547, 548, 549, 550, 551, 552, 553, 554, 555, 556, 557, 558,\n       559, 560, 561, 562, 563, 564, 565, 566, 567, 568, 569, 570, 571,\n       572, 573, 574, 575, 576, 577, 578, 579, 580, 581, 582, 583, 584,\n       585, 586, 587, 588, 589, 590, 591, 592, 593, 594, 595, 596, 597,\n       598, 599, 600, 601, 602, 603, 604, 605, 606, 607, 608, 609, 610,\n       611, 612, 613, 614, 615, 616, 617, 618, 619, 620, 621, 622, 623,\n       624, 625, 626, 627, 628, 629, 630, 631, 632, 633, 634, 635, 636,\n       637, 638, 639, 640, 641, 642, 643, 644, 645, 646, 647, 648, 649,\n       650, 651, 652, 653, 654, 655, 656, 657, 658, 659, 660, 661, 662,\n       663, 664, 665, 666, 667, 668, 669, 670, 671, 672, 673, 674, 675,\n       676, 677, 678, 679, 680, 681, 682, 683, 684, 685, 686, 687, 688,\n       689, 690, 691, 692, 693, 694, 695, 696, 697, 698, 699, 700, 701,\n       702, 703, 704, 705, 706, 707, 708, 709, 710, 711, 712, 713, 714,\n       715, 716, 717, 718, 719, 720, 721, 722, 723, 724, 725, 726, 727,\n       728, 729, 730, 731, 732, 733, 734, 735, 736, 737, 738, 739, 740,\n       741, 742, 743, 744, 745, 746, 747, 748, 749, 750, 751, 752, 753,\n       754, 755, 756, 757, 758, 759, 760, 761, 762, 763, 764, 765, 766,\n       767, 768, 769, 770, 771, 772, 773, 774, 775, 776, 777, 778, 779,\n       780, 781, 782, 783, 784, 785, 786, 787, 788, 789, 790, 791, 792,\n       793, 794, 795, 796, 797, 798, 799, 800, 801, 802, 803, 804, 805,\n       806, 807, 808, 809, 810, 811, 812, 813, 814, 815, 816, 817, 818,\n       819, 820, 821, 822, 823, 824, 825, 826, 827, 828, 829, 830, 831,\n       832, 833, 834, 835, 836, 837, 838, 839, 840, 841, 842, 843, 844,\n       845, 846, 847, 848, 849, 850, 851, 852, 853, 854, 855, 856, 857,\n       858, 859, 860, 861, 862, 863, 864, 865, 866, 867, 868, 869, 870,\n       871, 872, 873, 874, 875, 876, 877, 878, 879, 880, 881, 882, 883,\n       884, 885, 886, 887, 888, 889, 890, 891, 892, 893, 894, 895, 896,\n       897, 898, 899, 900, 901, 902, 903, 904, 905, 906, 907, 908, 909,\n       910, 911, 912, 913, 914, 915, 916, 917, 918, 919, 920, 921, 922,\n       923, 924, 925, 926, 927, 928, 929, 930, 931, 932, 933, 934, 935,\n       936, 937, 938, 939, 940, 941, 942, 943, 944, 945, 946, 947, 948,\n       949, 950, 951, 952, 953, 954, 955, 956, 957, 958, 959, 960, 961,\n       962, 963, 964, 965, 966, 967, 968, 969, 970, 971, 972, 973, 974,\n       975, 976, 977, 978, 979, 980, 981, 982, 983, 984, 985, 986, 987,\n       988, 989, 990, 991, 992, 993, 994, 995, 996, 997, 998, 999])"),
  PrintedArray(
    dtype: "int64", shape: [40, 300],
    bits: Array(0..<12000),
    text: "[[    0     1     2 ...   297   298   299]\n [  300   301   302 ...   597   598   599]\n [  600   601   602 ...   897   898   899]\n ...\n [11100 11101 11102 ... 11397 11398 11399]\n [11400 11401 11402 ... 11697 11698 11699]\n [11700 11701 11702 ... 11997 11998 11999]]",
    representation: "array([[    0,     1,     2, ...,   297,   298,   299],\n       [  300,   301,   302, ...,   597,   598,   599],\n       [  600,   601,   602, ...,   897,   898,   899],\n       ...,\n       [11100, 11101, 11102, ..., 11397, 11398, 11399],\n       [11400, 11401, 11402, ..., 11697, 11698, 11699],\n       [11700, 11701, 11702, ..., 11997, 11998, 11999]], shape=(40, 300))"),
  PrintedArray(
    dtype: "float64", shape: [3, 20, 20],
    bits: [0, 4593671619917905920, 4598175219545276416, 4600427019358961664, 4602678819172646912, 4603804719079489536, 4604930618986332160, 4606056518893174784, 4607182418800017408, 4607745368753438720, 4608308318706860032, 4608871268660281344, 4609434218613702656, 4609997168567123968, 4610560118520545280, 4611123068473966592, 4611686018427387904, 4611967493404098560, 4612248968380809216, 4612530443357519872, 4612811918334230528, 4613093393310941184, 4613374868287651840, 4613656343264362496, 4613937818241073152, 4614219293217783808, 4614500768194494464, 4614782243171205120, 4615063718147915776, 4615345193124626432, 4615626668101337088, 4615908143078047744, 4616189618054758400, 4616330355543113728, 4616471093031469056, 4616611830519824384, 4616752568008179712, 4616893305496535040, 4617034042984890368, 4617174780473245696, 4617315517961601024, 4617456255449956352, 4617596992938311680, 4617737730426667008, 4617878467915022336, 4618019205403377664, 4618159942891732992, 4618300680380088320, 4618441417868443648, 4618582155356798976, 4618722892845154304, 4618863630333509632, 4619004367821864960, 4619145105310220288, 4619285842798575616, 4619426580286930944, 4619567317775286272, 4619708055263641600, 4619848792751996928, 4619989530240352256, 4620130267728707584, 4620271005217062912, 4620411742705418240, 4620552480193773568, 4620693217682128896, 4620763586426306560, 4620833955170484224, 4620904323914661888, 4620974692658839552, 4621045061403017216, 4621115430147194880, 4621185798891372544, 4621256167635550208, 4621326536379727872, 4621396905123905536, 4621467273868083200, 4621537642612260864, 4621608011356438528, 4621678380100616192, 4621748748844793856, 4621819117588971520, 4621889486333149184, 4621959855077326848, 4622030223821504512, 4622100592565682176, 4622170961309859840, 4622241330054037504, 4622311698798215168, 4622382067542392832, 4622452436286570496, 4622522805030748160, 4622593173774925824, 4622663542519103488, 4622733911263281152, 4622804280007458816, 4622874648751636480, 4622945017495814144, 4623015386239991808, 4623085754984169472, 4623156123728347136, 4623226492472524800, 4623296861216702464, 4623367229960880128, 4623437598705057792, 4623507967449235456, 4623578336193413120, 4623648704937590784, 4623719073681768448, 4623789442425946112, 4623859811170123776, 4623930179914301440, 4624000548658479104, 4624070917402656768, 4624141286146834432, 4624211654891012096, 4624282023635189760, 4624352392379367424, 4624422761123545088, 4624493129867722752, 4624563498611900416, 4624633867356078080, 4624704236100255744, 4624774604844433408, 4624844973588611072, 4624915342332788736, 4624985711076966400, 4625056079821144064, 4625126448565321728, 4625196817309499392, 4625232001681588224, 4625267186053677056, 4625302370425765888, 4625337554797854720, 4625372739169943552, 4625407923542032384, 4625443107914121216, 4625478292286210048, 4625513476658298880, 4625548661030387712, 4625583845402476544, 4625619029774565376, 4625654214146654208, 4625689398518743040, 4625724582890831872, 4625759767262920704, 4625794951635009536, 4625830136007098368, 4625865320379187200, 4625900504751276032, 4625935689123364864, 4625970873495453696, 4626006057867542528, 4626041242239631360, 4626076426611720192, 4626111610983809024, 4626146795355897856, 4626181979727986688, 4626217164100075520, 4626252348472164352, 4626287532844253184, 4626322717216342016, 4626357901588430848, 4626393085960519680, 4626428270332608512, 4626463454704697344, 4626498639076786176, 4626533823448875008, 4626569007820963840, 4626604192193052672, 4626639376565141504, 4626674560937230336, 4626709745309319168, 4626744929681408000, 4626780114053496832, 4626815298425585664, 4626850482797674496, 4626885667169763328, 4626920851541852160, 4626956035913940992, 4626991220286029824, 4627026404658118656, 4627061589030207488, 4627096773402296320, 4627131957774385152, 4627167142146473984, 4627202326518562816, 4627237510890651648, 4627272695262740480, 4627307879634829312, 4627343064006918144, 4627378248379006976, 4627413432751095808, 4627448617123184640, 4627483801495273472, 4627518985867362304, 4627554170239451136, 4627589354611539968, 4627624538983628800, 4627659723355717632, 4627694907727806464, 4627730092099895296, 4627765276471984128, 4627800460844072960, 4627835645216161792, 4627870829588250624, 4627906013960339456, 4627941198332428288, 4627976382704517120, 4628011567076605952, 4628046751448694784, 4628081935820783616, 4628117120192872448, 4628152304564961280, 4628187488937050112, 4628222673309138944, 4628257857681227776, 4628293042053316608, 4628328226425405440, 4628363410797494272, 4628398595169583104, 4628433779541671936, 4628468963913760768, 4628504148285849600, 4628539332657938432, 4628574517030027264, 4628609701402116096, 4628644885774204928, 4628680070146293760, 4628715254518382592, 4628750438890471424, 4628785623262560256, 4628820807634649088, 4628855992006737920, 4628891176378826752, 4628926360750915584, 4628961545123004416, 4628996729495093248, 4629031913867182080, 4629067098239270912, 4629102282611359744, 4629137466983448576, 4629172651355537408, 4629207835727626240, 4629243020099715072, 4629278204471803904, 4629313388843892736, 4629348573215981568, 4629383757588070400, 4629418941960159232, 4629454126332248064, 4629489310704336896, 4629524495076425728, 4629559679448514560, 4629594863820603392, 4629630048192692224, 4629665232564781056, 4629700416936869888, 4629718009122914304, 4629735601308958720, 4629753193495003136, 4629770785681047552, 4629788377867091968, 4629805970053136384, 4629823562239180800, 4629841154425225216, 4629858746611269632, 4629876338797314048, 4629893930983358464, 4629911523169402880, 4629929115355447296, 4629946707541491712, 4629964299727536128, 4629981891913580544, 4629999484099624960, 4630017076285669376, 4630034668471713792, 4630052260657758208, 4630069852843802624, 4630087445029847040, 4630105037215891456, 4630122629401935872, 4630140221587980288, 4630157813774024704, 4630175405960069120, 4630192998146113536, 4630210590332157952, 4630228182518202368, 4630245774704246784, 4630263366890291200, 4630280959076335616, 4630298551262380032, 4630316143448424448, 4630333735634468864, 4630351327820513280, 4630368920006557696, 4630386512192602112, 4630404104378646528, 4630421696564690944, 4630439288750735360, 4630456880936779776, 4630474473122824192, 4630492065308868608, 4630509657494913024, 4630527249680957440, 4630544841867001856, 4630562434053046272, 4630580026239090688, 4630597618425135104, 4630615210611179520, 4630632802797223936, 4630650394983268352, 4630667987169312768, 4630685579355357184, 4630703171541401600, 4630720763727446016, 4630738355913490432, 4630755948099534848, 4630773540285579264, 4630791132471623680, 4630808724657668096, 4630826316843712512, 4630843909029756928, 4630861501215801344, 4630879093401845760, 4630896685587890176, 4630914277773934592, 4630931869959979008, 4630949462146023424, 4630967054332067840, 4630984646518112256, 4631002238704156672, 4631019830890201088, 4631037423076245504, 4631055015262289920, 4631072607448334336, 4631090199634378752, 4631107791820423168, 4631125384006467584, 4631142976192512000, 4631160568378556416, 4631178160564600832, 4631195752750645248, 4631213344936689664, 4631230937122734080, 4631248529308778496, 4631266121494822912, 4631283713680867328, 4631301305866911744, 4631318898052956160, 4631336490239000576, 4631354082425044992, 4631371674611089408, 4631389266797133824, 4631406858983178240, 4631424451169222656, 4631442043355267072, 4631459635541311488, 4631477227727355904, 4631494819913400320, 4631512412099444736, 4631530004285489152, 4631547596471533568, 4631565188657577984, 4631582780843622400, 4631600373029666816, 4631617965215711232, 4631635557401755648, 4631653149587800064, 4631670741773844480, 4631688333959888896, 4631705926145933312, 4631723518331977728, 4631741110518022144, 4631758702704066560, 4631776294890110976, 4631793887076155392, 4631811479262199808, 4631829071448244224, 4631846663634288640, 4631864255820333056, 4631881848006377472, 4631899440192421888, 4631917032378466304, 4631934624564510720, 4631952216750555136, 4631969808936599552, 4631987401122643968, 4632004993308688384, 4632022585494732800, 4632040177680777216, 4632057769866821632, 4632075362052866048, 4632092954238910464, 4632110546424954880, 4632128138610999296, 4632145730797043712, 4632163322983088128, 4632180915169132544, 4632198507355176960, 4632216099541221376, 4632233691727265792, 4632251283913310208, 4632268876099354624, 4632286468285399040, 4632304060471443456, 4632321652657487872, 4632339244843532288, 4632356837029576704, 4632374429215621120, 4632392021401665536, 4632409613587709952, 4632427205773754368, 4632444797959798784, 4632462390145843200, 4632479982331887616, 4632497574517932032, 4632515166703976448, 4632532758890020864, 4632550351076065280, 4632567943262109696, 4632585535448154112, 4632603127634198528, 4632620719820242944, 4632638312006287360, 4632655904192331776, 4632673496378376192, 4632691088564420608, 4632708680750465024, 4632726272936509440, 4632743865122553856, 4632761457308598272, 4632779049494642688, 4632796641680687104, 4632814233866731520, 4632831826052775936, 4632849418238820352, 4632867010424864768, 4632884602610909184, 4632902194796953600, 4632919786982998016, 4632937379169042432, 4632954971355086848, 4632972563541131264, 4632990155727175680, 4633007747913220096, 4633025340099264512, 4633042932285308928, 4633060524471353344, 4633078116657397760, 4633095708843442176, 4633113301029486592, 4633130893215531008, 4633148485401575424, 4633166077587619840, 4633183669773664256, 4633201261959708672, 4633218854145753088, 4633236446331797504, 4633254038517841920, 4633271630703886336, 4633289222889930752, 4633306815075975168, 4633324407262019584, 4633341999448064000, 4633359591634108416, 4633377183820152832, 4633394776006197248, 4633412368192241664, 4633429960378286080, 4633447552564330496, 4633465144750374912, 4633482736936419328, 4633500329122463744, 4633517921308508160, 4633535513494552576, 4633553105680596992, 4633570697866641408, 4633588290052685824, 4633605882238730240, 4633623474424774656, 4633641066610819072, 4633658658796863488, 4633676250982907904, 4633693843168952320, 4633711435354996736, 4633729027541041152, 4633746619727085568, 4633764211913129984, 4633781804099174400, 4633799396285218816, 4633816988471263232, 4633834580657307648, 4633852172843352064, 4633869765029396480, 4633887357215440896, 4633904949401485312, 4633922541587529728, 4633940133773574144, 4633957725959618560, 4633975318145662976, 4633992910331707392, 4634010502517751808, 4634028094703796224, 4634045686889840640, 4634063279075885056, 4634080871261929472, 4634098463447973888, 4634116055634018304, 4634133647820062720, 4634151240006107136, 4634168832192151552, 4634186424378195968, 4634204016564240384, 4634212812657262592, 4634221608750284800, 4634230404843307008, 4634239200936329216, 4634247997029351424, 4634256793122373632, 4634265589215395840, 4634274385308418048, 4634283181401440256, 4634291977494462464, 4634300773587484672, 4634309569680506880, 4634318365773529088, 4634327161866551296, 4634335957959573504, 4634344754052595712, 4634353550145617920, 4634362346238640128, 4634371142331662336, 4634379938424684544, 4634388734517706752, 4634397530610728960, 4634406326703751168, 4634415122796773376, 4634423918889795584, 4634432714982817792, 4634441511075840000, 4634450307168862208, 4634459103261884416, 4634467899354906624, 4634476695447928832, 4634485491540951040, 4634494287633973248, 4634503083726995456, 4634511879820017664, 4634520675913039872, 4634529472006062080, 4634538268099084288, 4634547064192106496, 4634555860285128704, 4634564656378150912, 4634573452471173120, 4634582248564195328, 4634591044657217536, 4634599840750239744, 4634608636843261952, 4634617432936284160, 4634626229029306368, 4634635025122328576, 4634643821215350784, 4634652617308372992, 4634661413401395200, 4634670209494417408, 4634679005587439616, 4634687801680461824, 4634696597773484032, 4634705393866506240, 4634714189959528448, 4634722986052550656, 4634731782145572864, 4634740578238595072, 4634749374331617280, 4634758170424639488, 4634766966517661696, 4634775762610683904, 4634784558703706112, 4634793354796728320, 4634802150889750528, 4634810946982772736, 4634819743075794944, 4634828539168817152, 4634837335261839360, 4634846131354861568, 4634854927447883776, 4634863723540905984, 4634872519633928192, 4634881315726950400, 4634890111819972608, 4634898907912994816, 4634907704006017024, 4634916500099039232, 4634925296192061440, 4634934092285083648, 4634942888378105856, 4634951684471128064, 4634960480564150272, 4634969276657172480, 4634978072750194688, 4634986868843216896, 4634995664936239104, 4635004461029261312, 4635013257122283520, 4635022053215305728, 4635030849308327936, 4635039645401350144, 4635048441494372352, 4635057237587394560, 4635066033680416768, 4635074829773438976, 4635083625866461184, 4635092421959483392, 4635101218052505600, 4635110014145527808, 4635118810238550016, 4635127606331572224, 4635136402424594432, 4635145198517616640, 4635153994610638848, 4635162790703661056, 4635171586796683264, 4635180382889705472, 4635189178982727680, 4635197975075749888, 4635206771168772096, 4635215567261794304, 4635224363354816512, 4635233159447838720, 4635241955540860928, 4635250751633883136, 4635259547726905344, 4635268343819927552, 4635277139912949760, 4635285936005971968, 4635294732098994176, 4635303528192016384, 4635312324285038592, 4635321120378060800, 4635329916471083008, 4635338712564105216, 4635347508657127424, 4635356304750149632, 4635365100843171840, 4635373896936194048, 4635382693029216256, 4635391489122238464, 4635400285215260672, 4635409081308282880, 4635417877401305088, 4635426673494327296, 4635435469587349504, 4635444265680371712, 4635453061773393920, 4635461857866416128, 4635470653959438336, 4635479450052460544, 4635488246145482752, 4635497042238504960, 4635505838331527168, 4635514634424549376, 4635523430517571584, 4635532226610593792, 4635541022703616000, 4635549818796638208, 4635558614889660416, 4635567410982682624, 4635576207075704832, 4635585003168727040, 4635593799261749248, 4635602595354771456, 4635611391447793664, 4635620187540815872, 4635628983633838080, 4635637779726860288, 4635646575819882496, 4635655371912904704, 4635664168005926912, 4635672964098949120, 4635681760191971328, 4635690556284993536, 4635699352378015744, 4635708148471037952, 4635716944564060160, 4635725740657082368, 4635734536750104576, 4635743332843126784, 4635752128936148992, 4635760925029171200, 4635769721122193408, 4635778517215215616, 4635787313308237824, 4635796109401260032, 4635804905494282240, 4635813701587304448, 4635822497680326656, 4635831293773348864, 4635840089866371072, 4635848885959393280, 4635857682052415488, 4635866478145437696, 4635875274238459904, 4635884070331482112, 4635892866424504320, 4635901662517526528, 4635910458610548736, 4635919254703570944, 4635928050796593152, 4635936846889615360, 4635945642982637568, 4635954439075659776, 4635963235168681984, 4635972031261704192, 4635980827354726400, 4635989623447748608, 4635998419540770816, 4636007215633793024, 4636016011726815232, 4636024807819837440, 4636033603912859648, 4636042400005881856, 4636051196098904064, 4636059992191926272, 4636068788284948480, 4636077584377970688, 4636086380470992896, 4636095176564015104, 4636103972657037312, 4636112768750059520, 4636121564843081728, 4636130360936103936, 4636139157029126144, 4636147953122148352, 4636156749215170560, 4636165545308192768, 4636174341401214976, 4636183137494237184, 4636191933587259392, 4636200729680281600, 4636209525773303808, 4636218321866326016, 4636227117959348224, 4636235914052370432, 4636244710145392640, 4636253506238414848, 4636262302331437056, 4636271098424459264, 4636279894517481472, 4636288690610503680, 4636297486703525888, 4636306282796548096, 4636315078889570304, 4636323874982592512, 4636332671075614720, 4636341467168636928, 4636350263261659136, 4636359059354681344, 4636367855447703552, 4636376651540725760, 4636385447633747968, 4636394243726770176, 4636403039819792384, 4636411835912814592, 4636420632005836800, 4636429428098859008, 4636438224191881216, 4636447020284903424, 4636455816377925632, 4636464612470947840, 4636473408563970048, 4636482204656992256, 4636491000750014464, 4636499796843036672, 4636508592936058880, 4636517389029081088, 4636526185122103296, 4636534981215125504, 4636543777308147712, 4636552573401169920, 4636561369494192128, 4636570165587214336, 4636578961680236544, 4636587757773258752, 4636596553866280960, 4636605349959303168, 4636614146052325376, 4636622942145347584, 4636631738238369792, 4636640534331392000, 4636649330424414208, 4636658126517436416, 4636666922610458624, 4636675718703480832, 4636684514796503040, 4636693310889525248, 4636702106982547456, 4636710903075569664, 4636719699168591872, 4636728495261614080, 4636737291354636288, 4636746087447658496, 4636754883540680704, 4636763679633702912, 4636772475726725120, 4636781271819747328, 4636790067912769536, 4636798864005791744, 4636807660098813952, 4636816456191836160, 4636825252284858368, 4636834048377880576, 4636842844470902784, 4636851640563924992, 4636860436656947200, 4636869232749969408, 4636878028842991616, 4636886824936013824, 4636895621029036032, 4636904417122058240, 4636913213215080448, 4636922009308102656, 4636930805401124864, 4636939601494147072, 4636948397587169280, 4636957193680191488, 4636965989773213696, 4636974785866235904, 4636983581959258112, 4636992378052280320, 4637001174145302528, 4637009970238324736, 4637018766331346944, 4637027562424369152, 4637036358517391360, 4637045154610413568, 4637053950703435776, 4637062746796457984, 4637071542889480192, 4637080338982502400, 4637089135075524608, 4637097931168546816, 4637106727261569024, 4637115523354591232, 4637124319447613440, 4637133115540635648, 4637141911633657856, 4637150707726680064, 4637159503819702272, 4637168299912724480, 4637177096005746688, 4637185892098768896, 4637194688191791104, 4637203484284813312, 4637212280377835520, 4637221076470857728, 4637229872563879936, 4637238668656902144, 4637247464749924352, 4637256260842946560, 4637265056935968768, 4637273853028990976, 4637282649122013184, 4637291445215035392, 4637300241308057600, 4637309037401079808, 4637317833494102016, 4637326629587124224, 4637335425680146432, 4637344221773168640, 4637353017866190848, 4637361813959213056, 4637370610052235264, 4637379406145257472, 4637388202238279680, 4637396998331301888, 4637405794424324096, 4637414590517346304, 4637423386610368512, 4637432182703390720, 4637440978796412928, 4637449774889435136, 4637458570982457344, 4637467367075479552, 4637476163168501760, 4637484959261523968, 4637493755354546176, 4637502551447568384, 4637511347540590592, 4637520143633612800, 4637528939726635008, 4637537735819657216, 4637546531912679424, 4637555328005701632, 4637564124098723840, 4637572920191746048, 4637581716284768256, 4637590512377790464, 4637599308470812672, 4637608104563834880, 4637616900656857088, 4637625696749879296, 4637634492842901504, 4637643288935923712, 4637652085028945920, 4637660881121968128, 4637669677214990336, 4637678473308012544, 4637687269401034752, 4637696065494056960, 4637704861587079168, 4637713657680101376, 4637722453773123584, 4637731249866145792, 4637740045959168000, 4637748842052190208, 4637757638145212416, 4637766434238234624, 4637775230331256832, 4637784026424279040, 4637792822517301248, 4637801618610323456, 4637810414703345664, 4637819210796367872, 4637828006889390080, 4637836802982412288, 4637845599075434496, 4637854395168456704, 4637863191261478912, 4637871987354501120, 4637880783447523328, 4637889579540545536, 4637898375633567744, 4637907171726589952, 4637915967819612160, 4637924763912634368, 4637933560005656576, 4637942356098678784, 4637951152191700992, 4637959948284723200, 4637968744377745408, 4637977540470767616, 4637986336563789824, 4637995132656812032, 4638003928749834240, 4638012724842856448, 4638021520935878656, 4638030317028900864, 4638039113121923072, 4638047909214945280, 4638056705307967488, 4638065501400989696, 4638074297494011904, 4638083093587034112, 4638091889680056320, 4638100685773078528, 4638109481866100736, 4638118277959122944, 4638127074052145152, 4638135870145167360, 4638144666238189568, 4638153462331211776, 4638162258424233984, 4638171054517256192, 4638179850610278400, 4638188646703300608, 4638197442796322816, 4638206238889345024, 4638215034982367232, 4638223831075389440, 4638232627168411648, 4638241423261433856, 4638250219354456064, 4638259015447478272, 4638267811540500480, 4638276607633522688, 4638285403726544896, 4638294199819567104, 4638302995912589312, 4638311792005611520, 4638320588098633728, 4638329384191655936, 4638338180284678144, 4638346976377700352, 4638355772470722560, 4638364568563744768, 4638373364656766976, 4638382160749789184, 4638390956842811392, 4638399752935833600, 4638408549028855808, 4638417345121878016, 4638426141214900224, 4638434937307922432, 4638443733400944640, 4638452529493966848, 4638461325586989056, 4638470121680011264, 4638478917773033472, 4638487713866055680, 4638496509959077888, 4638505306052100096, 4638514102145122304, 4638522898238144512, 4638531694331166720, 4638540490424188928, 4638549286517211136, 4638558082610233344, 4638566878703255552, 4638575674796277760, 4638584470889299968, 4638593266982322176, 4638602063075344384, 4638610859168366592, 4638619655261388800, 4638628451354411008, 4638637247447433216, 4638646043540455424, 4638654839633477632, 4638663635726499840, 4638672431819522048, 4638681227912544256, 4638690024005566464, 4638698820098588672, 4638707616191610880, 4638712014238121984, 4638716412284633088, 4638720810331144192, 4638725208377655296, 4638729606424166400, 4638734004470677504, 4638738402517188608, 4638742800563699712, 4638747198610210816, 4638751596656721920, 4638755994703233024, 4638760392749744128, 4638764790796255232, 4638769188842766336, 4638773586889277440, 4638777984935788544, 4638782382982299648, 4638786781028810752, 4638791179075321856, 4638795577121832960, 4638799975168344064, 4638804373214855168, 4638808771261366272, 4638813169307877376, 4638817567354388480, 4638821965400899584, 4638826363447410688, 4638830761493921792, 4638835159540432896, 4638839557586944000, 4638843955633455104, 4638848353679966208, 4638852751726477312, 4638857149772988416, 4638861547819499520, 4638865945866010624, 4638870343912521728, 4638874741959032832, 4638879140005543936, 4638883538052055040, 4638887936098566144, 4638892334145077248, 4638896732191588352, 4638901130238099456, 4638905528284610560, 4638909926331121664, 4638914324377632768, 4638918722424143872, 4638923120470654976, 4638927518517166080, 4638931916563677184, 4638936314610188288, 4638940712656699392, 4638945110703210496, 4638949508749721600, 4638953906796232704, 4638958304842743808, 4638962702889254912, 4638967100935766016, 4638971498982277120, 4638975897028788224, 4638980295075299328, 4638984693121810432, 4638989091168321536, 4638993489214832640, 4638997887261343744, 4639002285307854848, 4639006683354365952, 4639011081400877056, 4639015479447388160, 4639019877493899264, 4639024275540410368, 4639028673586921472, 4639033071633432576, 4639037469679943680, 4639041867726454784, 4639046265772965888, 4639050663819476992, 4639055061865988096, 4639059459912499200, 4639063857959010304, 4639068256005521408, 4639072654052032512, 4639077052098543616, 4639081450145054720, 4639085848191565824, 4639090246238076928, 4639094644284588032, 4639099042331099136, 4639103440377610240, 4639107838424121344, 4639112236470632448, 4639116634517143552, 4639121032563654656, 4639125430610165760, 4639129828656676864, 4639134226703187968, 4639138624749699072, 4639143022796210176, 4639147420842721280, 4639151818889232384, 4639156216935743488, 4639160614982254592, 4639165013028765696, 4639169411075276800, 4639173809121787904, 4639178207168299008, 4639182605214810112, 4639187003261321216, 4639191401307832320, 4639195799354343424, 4639200197400854528, 4639204595447365632, 4639208993493876736, 4639213391540387840, 4639217789586898944, 4639222187633410048, 4639226585679921152, 4639230983726432256, 4639235381772943360, 4639239779819454464, 4639244177865965568, 4639248575912476672, 4639252973958987776, 4639257372005498880, 4639261770052009984, 4639266168098521088, 4639270566145032192, 4639274964191543296, 4639279362238054400, 4639283760284565504, 4639288158331076608, 4639292556377587712, 4639296954424098816, 4639301352470609920, 4639305750517121024, 4639310148563632128, 4639314546610143232, 4639318944656654336, 4639323342703165440, 4639327740749676544, 4639332138796187648, 4639336536842698752, 4639340934889209856, 4639345332935720960, 4639349730982232064, 4639354129028743168, 4639358527075254272, 4639362925121765376, 4639367323168276480, 4639371721214787584, 4639376119261298688, 4639380517307809792, 4639384915354320896, 4639389313400832000, 4639393711447343104, 4639398109493854208, 4639402507540365312, 4639406905586876416, 4639411303633387520, 4639415701679898624, 4639420099726409728, 4639424497772920832, 4639428895819431936, 4639433293865943040, 4639437691912454144, 4639442089958965248, 4639446488005476352, 4639450886051987456, 4639455284098498560, 4639459682145009664, 4639464080191520768, 4639468478238031872, 4639472876284542976, 4639477274331054080],
    text: "[[[0.00000e+00 1.25000e-01 2.50000e-01 ... 2.12500e+00 2.25000e+00\n   2.37500e+00]\n  [2.50000e+00 2.62500e+00 2.75000e+00 ... 4.62500e+00 4.75000e+00\n   4.87500e+00]\n  [5.00000e+00 5.12500e+00 5.25000e+00 ... 7.12500e+00 7.25000e+00\n   7.37500e+00]\n  ...\n  [4.25000e+01 4.26250e+01 4.27500e+01 ... 4.46250e+01 4.47500e+01\n   4.48750e+01]\n  [4.50000e+01 4.51250e+01 4.52500e+01 ... 4.71250e+01 4.72500e+01\n   4.73750e+01]\n  [4.75000e+01 4.76250e+01 4.77500e+01 ... 4.96250e+01 4.97500e+01\n   4.98750e+01]]\n\n [[5.00000e+01 5.01250e+01 5.02500e+01 ... 5.21250e+01 5.22500e+01\n   5.23750e+01]\n  [5.25000e+01 5.26250e+01 5.27500e+01 ... 5.46250e+01 5.47500e+01\n   5.48750e+01]\n  [5.50000e+01 5.51250e+01 5.52500e+01 ... 5.71250e+01 5.72500e+01\n   5.73750e+01]\n  ...\n  [9.25000e+01 9.26250e+01 9.27500e+01 ... 9.46250e+01 9.47500e+01\n   9.48750e+01]\n  [9.50000e+01 9.51250e+01 9.52500e+01 ... 9.71250e+01 9.72500e+01\n   9.73750e+01]\n  [9.75000e+01 9.76250e+01 9.77500e+01 ... 9.96250e+01 9.97500e+01\n   9.98750e+01]]\n\n [[1.00000e+02 1.00125e+02 1.00250e+02 ... 1.02125e+02 1.02250e+02\n   1.02375e+02]\n  [1.02500e+02 1.02625e+02 1.02750e+02 ... 1.04625e+02 1.04750e+02\n   1.04875e+02]\n  [1.05000e+02 1.05125e+02 1.05250e+02 ... 1.07125e+02 1.07250e+02\n   1.07375e+02]\n  ...\n  [1.42500e+02 1.42625e+02 1.42750e+02 ... 1.44625e+02 1.44750e+02\n   1.44875e+02]\n  [1.45000e+02 1.45125e+02 1.45250e+02 ... 1.47125e+02 1.47250e+02\n   1.47375e+02]\n  [1.47500e+02 1.47625e+02 1.47750e+02 ... 1.49625e+02 1.49750e+02\n   1.49875e+02]]]",
    representation: "array([[[0.00000e+00, 1.25000e-01, 2.50000e-01, ..., 2.12500e+00,\n         2.25000e+00, 2.37500e+00],\n        [2.50000e+00, 2.62500e+00, 2.75000e+00, ..., 4.62500e+00,\n         4.75000e+00, 4.87500e+00],\n        [5.00000e+00, 5.12500e+00, 5.25000e+00, ..., 7.12500e+00,\n         7.25000e+00, 7.37500e+00],\n        ...,\n        [4.25000e+01, 4.26250e+01, 4.27500e+01, ..., 4.46250e+01,\n         4.47500e+01, 4.48750e+01],\n        [4.50000e+01, 4.51250e+01, 4.52500e+01, ..., 4.71250e+01,\n         4.72500e+01, 4.73750e+01],\n        [4.75000e+01, 4.76250e+01, 4.77500e+01, ..., 4.96250e+01,\n         4.97500e+01, 4.98750e+01]],\n\n       [[5.00000e+01, 5.01250e+01, 5.02500e+01, ..., 5.21250e+01,\n         5.22500e+01, 5.23750e+01],\n        [5.25000e+01, 5.26250e+01, 5.27500e+01, ..., 5.46250e+01,\n         5.47500e+01, 5.48750e+01],\n        [5.50000e+01, 5.51250e+01, 5.52500e+01, ..., 5.71250e+01,\n         5.72500e+01, 5.73750e+01],\n        ...,\n        [9.25000e+01, 9.26250e+01, 9.27500e+01, ..., 9.46250e+01,\n         9.47500e+01, 9.48750e+01],\n        [9.50000e+01, 9.51250e+01, 9.52500e+01, ..., 9.71250e+01,\n         9.72500e+01, 9.73750e+01],\n        [9.75000e+01, 9.76250e+01, 9.77500e+01, ..., 9.96250e+01,\n         9.97500e+01, 9.98750e+01]],\n\n       [[1.00000e+02, 1.00125e+02, 1.00250e+02, ..., 1.02125e+02,\n         1.02250e+02, 1.02375e+02],\n        [1.02500e+02, 1.02625e+02, 1.02750e+02, ..., 1.04625e+02,\n         1.04750e+02, 1.04875e+02],\n        [1.05000e+02, 1.05125e+02, 1.05250e+02, ..., 1.07125e+02,\n         1.07250e+02, 1.07375e+02],\n        ...,\n        [1.42500e+02, 1.42625e+02, 1.42750e+02, ..., 1.44625e+02,\n         1.44750e+02, 1.44875e+02],\n        [1.45000e+02, 1.45125e+02, 1.45250e+02, ..., 1.47125e+02,\n         1.47250e+02, 1.47375e+02],\n        [1.47500e+02, 1.47625e+02, 1.47750e+02, ..., 1.49625e+02,\n         1.49750e+02, 1.49875e+02]]], shape=(3, 20, 20))"),
  PrintedArray(
    dtype: "float32", shape: [2, 1000],
    bits: [0, 1065353216, 1073741824, 1077936128, 1082130432, 1084227584, 1086324736, 1088421888, 1090519040, 1091567616, 1092616192, 1093664768, 1094713344, 1095761920, 1096810496, 1097859072, 1098907648, 1099431936, 1099956224, 1100480512, 1101004800, 1101529088, 1102053376, 1102577664, 1103101952, 1103626240, 1104150528, 1104674816, 1105199104, 1105723392, 1106247680, 1106771968, 1107296256, 1107558400, 1107820544, 1108082688, 1108344832, 1108606976, 1108869120, 1109131264, 1109393408, 1109655552, 1109917696, 1110179840, 1110441984, 1110704128, 1110966272, 1111228416, 1111490560, 1111752704, 1112014848, 1112276992, 1112539136, 1112801280, 1113063424, 1113325568, 1113587712, 1113849856, 1114112000, 1114374144, 1114636288, 1114898432, 1115160576, 1115422720, 1115684864, 1115815936, 1115947008, 1116078080, 1116209152, 1116340224, 1116471296, 1116602368, 1116733440, 1116864512, 1116995584, 1117126656, 1117257728, 1117388800, 1117519872, 1117650944, 1117782016, 1117913088, 1118044160, 1118175232, 1118306304, 1118437376, 1118568448, 1118699520, 1118830592, 1118961664, 1119092736, 1119223808, 1119354880, 1119485952, 1119617024, 1119748096, 1119879168, 1120010240, 1120141312, 1120272384, 1120403456, 1120534528, 1120665600, 1120796672, 1120927744, 1121058816, 1121189888, 1121320960, 1121452032, 1121583104, 1121714176, 1121845248, 1121976320, 1122107392, 1122238464, 1122369536, 1122500608, 1122631680, 1122762752, 1122893824, 1123024896, 1123155968, 1123287040, 1123418112, 1123549184, 1123680256, 1123811328, 1123942400, 1124073472, 1124139008, 1124204544, 1124270080, 1124335616, 1124401152, 1124466688, 1124532224, 1124597760, 1124663296, 1124728832, 1124794368, 1124859904, 1124925440, 1124990976, 1125056512, 1125122048, 1125187584, 1125253120, 1125318656, 1125384192, 1125449728, 1125515264, 1125580800, 1125646336, 1125711872, 1125777408, 1125842944, 1125908480, 1125974016, 1126039552, 1126105088, 1126170624, 1126236160, 1126301696, 1126367232, 1126432768, 1126498304, 1126563840, 1126629376, 1126694912, 1126760448, 1126825984, 1126891520, 1126957056, 1127022592, 1127088128, 1127153664, 1127219200, 1127284736, 1127350272, 1127415808, 1127481344, 1127546880, 1127612416, 1127677952, 1127743488, 1127809024, 1127874560, 1127940096, 1128005632, 1128071168, 1128136704, 1128202240, 1128267776, 1128333312, 1128398848, 1128464384, 1128529920, 1128595456, 1128660992, 1128726528, 1128792064, 1128857600, 1128923136, 1128988672, 1129054208, 1129119744, 1129185280, 1129250816, 1129316352, 1129381888, 1129447424, 1129512960, 1129578496, 1129644032, 1129709568, 1129775104, 1129840640, 1129906176, 1129971712, 1130037248, 1130102784, 1130168320, 1130233856, 1130299392, 1130364928, 1130430464, 1130496000, 1130561536, 1130627072, 1130692608, 1130758144, 1130823680, 1130889216, 1130954752, 1131020288, 1131085824, 1131151360, 1131216896, 1131282432, 1131347968, 1131413504, 1131479040, 1131544576, 1131610112, 1131675648, 1131741184, 1131806720, 1131872256, 1131937792, 1132003328, 1132068864, 1132134400, 1132199936, 1132265472, 1132331008, 1132396544, 1132462080, 1132494848, 1132527616, 1132560384, 1132593152, 1132625920, 1132658688, 1132691456, 1132724224, 1132756992, 1132789760, 1132822528, 1132855296, 1132888064, 1132920832, 1132953600, 1132986368, 1133019136, 1133051904, 1133084672, 1133117440, 1133150208, 1133182976, 1133215744, 1133248512, 1133281280, 1133314048, 1133346816, 1133379584, 1133412352, 1133445120, 1133477888, 1133510656, 1133543424, 1133576192, 1133608960, 1133641728, 1133674496, 1133707264, 1133740032, 1133772800, 1133805568, 1133838336, 1133871104, 1133903872, 1133936640, 1133969408, 1134002176, 1134034944, 1134067712, 1134100480, 1134133248, 1134166016, 1134198784, 1134231552, 1134264320, 1134297088, 1134329856, 1134362624, 1134395392, 1134428160, 1134460928, 1134493696, 1134526464, 1134559232, 1134592000, 1134624768, 1134657536, 1134690304, 1134723072, 1134755840, 1134788608, 1134821376, 1134854144, 1134886912, 1134919680, 1134952448, 1134985216, 1135017984, 1135050752, 1135083520, 1135116288, 1135149056, 1135181824, 1135214592, 1135247360, 1135280128, 1135312896, 1135345664, 1135378432, 1135411200, 1135443968, 1135476736, 1135509504, 1135542272, 1135575040, 1135607808, 1135640576, 1135673344, 1135706112, 1135738880, 1135771648, 1135804416, 1135837184, 1135869952, 1135902720, 1135935488, 1135968256, 1136001024, 1136033792, 1136066560, 1136099328, 1136132096, 1136164864, 1136197632, 1136230400, 1136263168, 1136295936, 1136328704, 1136361472, 1136394240, 1136427008, 1136459776, 1136492544, 1136525312, 1136558080, 1136590848, 1136623616, 1136656384, 1136689152, 1136721920, 1136754688, 1136787456, 1136820224, 1136852992, 1136885760, 1136918528, 1136951296, 1136984064, 1137016832, 1137049600, 1137082368, 1137115136, 1137147904, 1137180672, 1137213440, 1137246208, 1137278976, 1137311744, 1137344512, 1137377280, 1137410048, 1137442816, 1137475584, 1137508352, 1137541120, 1137573888, 1137606656, 1137639424, 1137672192, 1137704960, 1137737728, 1137770496, 1137803264, 1137836032, 1137868800, 1137901568, 1137934336, 1137967104, 1137999872, 1138032640, 1138065408, 1138098176, 1138130944, 1138163712, 1138196480, 1138229248, 1138262016, 1138294784, 1138327552, 1138360320, 1138393088, 1138425856, 1138458624, 1138491392, 1138524160, 1138556928, 1138589696, 1138622464, 1138655232, 1138688000, 1138720768, 1138753536, 1138786304, 1138819072, 1138851840, 1138884608, 1138917376, 1138950144, 1138982912, 1139015680, 1139048448, 1139081216, 1139113984, 1139146752, 1139179520, 1139212288, 1139245056, 1139277824, 1139310592, 1139343360, 1139376128, 1139408896, 1139441664, 1139474432, 1139507200, 1139539968, 1139572736, 1139605504, 1139638272, 1139671040, 1139703808, 1139736576, 1139769344, 1139802112, 1139834880, 1139867648, 1139900416, 1139933184, 1139965952, 1139998720, 1140031488, 1140064256, 1140097024, 1140129792, 1140162560, 1140195328, 1140228096, 1140260864, 1140293632, 1140326400, 1140359168, 1140391936, 1140424704, 1140457472, 1140490240, 1140523008, 1140555776, 1140588544, 1140621312, 1140654080, 1140686848, 1140719616, 1140752384, 1140785152, 1140817920, 1140850688, 1140867072, 1140883456, 1140899840, 1140916224, 1140932608, 1140948992, 1140965376, 1140981760, 1140998144, 1141014528, 1141030912, 1141047296, 1141063680, 1141080064, 1141096448, 1141112832, 1141129216, 1141145600, 1141161984, 1141178368, 1141194752, 1141211136, 1141227520, 1141243904, 1141260288, 1141276672, 1141293056, 1141309440, 1141325824, 1141342208, 1141358592, 1141374976, 1141391360, 1141407744, 1141424128, 1141440512, 1141456896, 1141473280, 1141489664, 1141506048, 1141522432, 1141538816, 1141555200, 1141571584, 1141587968, 1141604352, 1141620736, 1141637120, 1141653504, 1141669888, 1141686272, 1141702656, 1141719040, 1141735424, 1141751808, 1141768192, 1141784576, 1141800960, 1141817344, 1141833728, 1141850112, 1141866496, 1141882880, 1141899264, 1141915648, 1141932032, 1141948416, 1141964800, 1141981184, 1141997568, 1142013952, 1142030336, 1142046720, 1142063104, 1142079488, 1142095872, 1142112256, 1142128640, 1142145024, 1142161408, 1142177792, 1142194176, 1142210560, 1142226944, 1142243328, 1142259712, 1142276096, 1142292480, 1142308864, 1142325248, 1142341632, 1142358016, 1142374400, 1142390784, 1142407168, 1142423552, 1142439936, 1142456320, 1142472704, 1142489088, 1142505472, 1142521856, 1142538240, 1142554624, 1142571008, 1142587392, 1142603776, 1142620160, 1142636544, 1142652928, 1142669312, 1142685696, 1142702080, 1142718464, 1142734848, 1142751232, 1142767616, 1142784000, 1142800384, 1142816768, 1142833152, 1142849536, 1142865920, 1142882304, 1142898688, 1142915072, 1142931456, 1142947840, 1142964224, 1142980608, 1142996992, 1143013376, 1143029760, 1143046144, 1143062528, 1143078912, 1143095296, 1143111680, 1143128064, 1143144448, 1143160832, 1143177216, 1143193600, 1143209984, 1143226368, 1143242752, 1143259136, 1143275520, 1143291904, 1143308288, 1143324672, 1143341056, 1143357440, 1143373824, 1143390208, 1143406592, 1143422976, 1143439360, 1143455744, 1143472128, 1143488512, 1143504896, 1143521280, 1143537664, 1143554048, 1143570432, 1143586816, 1143603200, 1143619584, 1143635968, 1143652352, 1143668736, 1143685120, 1143701504, 1143717888, 1143734272, 1143750656, 1143767040, 1143783424, 1143799808, 1143816192, 1143832576, 1143848960, 1143865344, 1143881728, 1143898112, 1143914496, 1143930880, 1143947264, 1143963648, 1143980032, 1143996416, 1144012800, 1144029184, 1144045568, 1144061952, 1144078336, 1144094720, 1144111104, 1144127488, 1144143872, 1144160256, 1144176640, 1144193024, 1144209408, 1144225792, 1144242176, 1144258560, 1144274944, 1144291328, 1144307712, 1144324096, 1144340480, 1144356864, 1144373248, 1144389632, 1144406016, 1144422400, 1144438784, 1144455168, 1144471552, 1144487936, 1144504320, 1144520704, 1144537088, 1144553472, 1144569856, 1144586240, 1144602624, 1144619008, 1144635392, 1144651776, 1144668160, 1144684544, 1144700928, 1144717312, 1144733696, 1144750080, 1144766464, 1144782848, 1144799232, 1144815616, 1144832000, 1144848384, 1144864768, 1144881152, 1144897536, 1144913920, 1144930304, 1144946688, 1144963072, 1144979456, 1144995840, 1145012224, 1145028608, 1145044992, 1145061376, 1145077760, 1145094144, 1145110528, 1145126912, 1145143296, 1145159680, 1145176064, 1145192448, 1145208832, 1145225216, 1145241600, 1145257984, 1145274368, 1145290752, 1145307136, 1145323520, 1145339904, 1145356288, 1145372672, 1145389056, 1145405440, 1145421824, 1145438208, 1145454592, 1145470976, 1145487360, 1145503744, 1145520128, 1145536512, 1145552896, 1145569280, 1145585664, 1145602048, 1145618432, 1145634816, 1145651200, 1145667584, 1145683968, 1145700352, 1145716736, 1145733120, 1145749504, 1145765888, 1145782272, 1145798656, 1145815040, 1145831424, 1145847808, 1145864192, 1145880576, 1145896960, 1145913344, 1145929728, 1145946112, 1145962496, 1145978880, 1145995264, 1146011648, 1146028032, 1146044416, 1146060800, 1146077184, 1146093568, 1146109952, 1146126336, 1146142720, 1146159104, 1146175488, 1146191872, 1146208256, 1146224640, 1146241024, 1146257408, 1146273792, 1146290176, 1146306560, 1146322944, 1146339328, 1146355712, 1146372096, 1146388480, 1146404864, 1146421248, 1146437632, 1146454016, 1146470400, 1146486784, 1146503168, 1146519552, 1146535936, 1146552320, 1146568704, 1146585088, 1146601472, 1146617856, 1146634240, 1146650624, 1146667008, 1146683392, 1146699776, 1146716160, 1146732544, 1146748928, 1146765312, 1146781696, 1146798080, 1146814464, 1146830848, 1146847232, 1146863616, 1146880000, 1146896384, 1146912768, 1146929152, 1146945536, 1146961920, 1146978304, 1146994688, 1147011072, 1147027456, 1147043840, 1147060224, 1147076608, 1147092992, 1147109376, 1147125760, 1147142144, 1147158528, 1147174912, 1147191296, 1147207680, 1147224064, 1147240448, 1147256832, 1147273216, 1147289600, 1147305984, 1147322368, 1147338752, 1147355136, 1147371520, 1147387904, 1147404288, 1147420672, 1147437056, 1147453440, 1147469824, 1147486208, 1147502592, 1147518976, 1147535360, 1147551744, 1147568128, 1147584512, 1147600896, 1147617280, 1147633664, 1147650048, 1147666432, 1147682816, 1147699200, 1147715584, 1147731968, 1147748352, 1147764736, 1147781120, 1147797504, 1147813888, 1147830272, 1147846656, 1147863040, 1147879424, 1147895808, 1147912192, 1147928576, 1147944960, 1147961344, 1147977728, 1147994112, 1148010496, 1148026880, 1148043264, 1148059648, 1148076032, 1148092416, 1148108800, 1148125184, 1148141568, 1148157952, 1148174336, 1148190720, 1148207104, 1148223488, 1148239872, 1148256256, 1148272640, 1148289024, 1148305408, 1148321792, 1148338176, 1148354560, 1148370944, 1148387328, 1148403712, 1148420096, 1148436480, 1148452864, 1148469248, 1148485632, 1148502016, 1148518400, 1148534784, 1148551168, 1148567552, 1148583936, 1148600320, 1148616704, 1148633088, 1148649472, 1148665856, 1148682240, 1148698624, 1148715008, 1148731392, 1148747776, 1148764160, 1148780544, 1148796928, 1148813312, 1148829696, 1148846080, 1148862464, 1148878848, 1148895232, 1148911616, 1148928000, 1148944384, 1148960768, 1148977152, 1148993536, 1149009920, 1149026304, 1149042688, 1149059072, 1149075456, 1149091840, 1149108224, 1149124608, 1149140992, 1149157376, 1149173760, 1149190144, 1149206528, 1149222912, 1149239296, 1149247488, 1149255680, 1149263872, 1149272064, 1149280256, 1149288448, 1149296640, 1149304832, 1149313024, 1149321216, 1149329408, 1149337600, 1149345792, 1149353984, 1149362176, 1149370368, 1149378560, 1149386752, 1149394944, 1149403136, 1149411328, 1149419520, 1149427712, 1149435904, 1149444096, 1149452288, 1149460480, 1149468672, 1149476864, 1149485056, 1149493248, 1149501440, 1149509632, 1149517824, 1149526016, 1149534208, 1149542400, 1149550592, 1149558784, 1149566976, 1149575168, 1149583360, 1149591552, 1149599744, 1149607936, 1149616128, 1149624320, 1149632512, 1149640704, 1149648896, 1149657088, 1149665280, 1149673472, 1149681664, 1149689856, 1149698048, 1149706240, 1149714432, 1149722624, 1149730816, 1149739008, 1149747200, 1149755392, 1149763584, 1149771776, 1149779968, 1149788160, 1149796352, 1149804544, 1149812736, 1149820928, 1149829120, 1149837312, 1149845504, 1149853696, 1149861888, 1149870080, 1149878272, 1149886464, 1149894656, 1149902848, 1149911040, 1149919232, 1149927424, 1149935616, 1149943808, 1149952000, 1149960192, 1149968384, 1149976576, 1149984768, 1149992960, 1150001152, 1150009344, 1150017536, 1150025728, 1150033920, 1150042112, 1150050304, 1150058496, 1150066688, 1150074880, 1150083072, 1150091264, 1150099456, 1150107648, 1150115840, 1150124032, 1150132224, 1150140416, 1150148608, 1150156800, 1150164992, 1150173184, 1150181376, 1150189568, 1150197760, 1150205952, 1150214144, 1150222336, 1150230528, 1150238720, 1150246912, 1150255104, 1150263296, 1150271488, 1150279680, 1150287872, 1150296064, 1150304256, 1150312448, 1150320640, 1150328832, 1150337024, 1150345216, 1150353408, 1150361600, 1150369792, 1150377984, 1150386176, 1150394368, 1150402560, 1150410752, 1150418944, 1150427136, 1150435328, 1150443520, 1150451712, 1150459904, 1150468096, 1150476288, 1150484480, 1150492672, 1150500864, 1150509056, 1150517248, 1150525440, 1150533632, 1150541824, 1150550016, 1150558208, 1150566400, 1150574592, 1150582784, 1150590976, 1150599168, 1150607360, 1150615552, 1150623744, 1150631936, 1150640128, 1150648320, 1150656512, 1150664704, 1150672896, 1150681088, 1150689280, 1150697472, 1150705664, 1150713856, 1150722048, 1150730240, 1150738432, 1150746624, 1150754816, 1150763008, 1150771200, 1150779392, 1150787584, 1150795776, 1150803968, 1150812160, 1150820352, 1150828544, 1150836736, 1150844928, 1150853120, 1150861312, 1150869504, 1150877696, 1150885888, 1150894080, 1150902272, 1150910464, 1150918656, 1150926848, 1150935040, 1150943232, 1150951424, 1150959616, 1150967808, 1150976000, 1150984192, 1150992384, 1151000576, 1151008768, 1151016960, 1151025152, 1151033344, 1151041536, 1151049728, 1151057920, 1151066112, 1151074304, 1151082496, 1151090688, 1151098880, 1151107072, 1151115264, 1151123456, 1151131648, 1151139840, 1151148032, 1151156224, 1151164416, 1151172608, 1151180800, 1151188992, 1151197184, 1151205376, 1151213568, 1151221760, 1151229952, 1151238144, 1151246336, 1151254528, 1151262720, 1151270912, 1151279104, 1151287296, 1151295488, 1151303680, 1151311872, 1151320064, 1151328256, 1151336448, 1151344640, 1151352832, 1151361024, 1151369216, 1151377408, 1151385600, 1151393792, 1151401984, 1151410176, 1151418368, 1151426560, 1151434752, 1151442944, 1151451136, 1151459328, 1151467520, 1151475712, 1151483904, 1151492096, 1151500288, 1151508480, 1151516672, 1151524864, 1151533056, 1151541248, 1151549440, 1151557632, 1151565824, 1151574016, 1151582208, 1151590400, 1151598592, 1151606784, 1151614976, 1151623168, 1151631360, 1151639552, 1151647744, 1151655936, 1151664128, 1151672320, 1151680512, 1151688704, 1151696896, 1151705088, 1151713280, 1151721472, 1151729664, 1151737856, 1151746048, 1151754240, 1151762432, 1151770624, 1151778816, 1151787008, 1151795200, 1151803392, 1151811584, 1151819776, 1151827968, 1151836160, 1151844352, 1151852544, 1151860736, 1151868928, 1151877120, 1151885312, 1151893504, 1151901696, 1151909888, 1151918080, 1151926272, 1151934464, 1151942656, 1151950848, 1151959040, 1151967232, 1151975424, 1151983616, 1151991808, 1152000000, 1152008192, 1152016384, 1152024576, 1152032768, 1152040960, 1152049152, 1152057344, 1152065536, 1152073728, 1152081920, 1152090112, 1152098304, 1152106496, 1152114688, 1152122880, 1152131072, 1152139264, 1152147456, 1152155648, 1152163840, 1152172032, 1152180224, 1152188416, 1152196608, 1152204800, 1152212992, 1152221184, 1152229376, 1152237568, 1152245760, 1152253952, 1152262144, 1152270336, 1152278528, 1152286720, 1152294912, 1152303104, 1152311296, 1152319488, 1152327680, 1152335872, 1152344064, 1152352256, 1152360448, 1152368640, 1152376832, 1152385024, 1152393216, 1152401408, 1152409600, 1152417792, 1152425984, 1152434176, 1152442368, 1152450560, 1152458752, 1152466944, 1152475136, 1152483328, 1152491520, 1152499712, 1152507904, 1152516096, 1152524288, 1152532480, 1152540672, 1152548864, 1152557056, 1152565248, 1152573440, 1152581632, 1152589824, 1152598016, 1152606208, 1152614400, 1152622592, 1152630784, 1152638976, 1152647168, 1152655360, 1152663552, 1152671744, 1152679936, 1152688128, 1152696320, 1152704512, 1152712704, 1152720896, 1152729088, 1152737280, 1152745472, 1152753664, 1152761856, 1152770048, 1152778240, 1152786432, 1152794624, 1152802816, 1152811008, 1152819200, 1152827392, 1152835584, 1152843776, 1152851968, 1152860160, 1152868352, 1152876544, 1152884736, 1152892928, 1152901120, 1152909312, 1152917504, 1152925696, 1152933888, 1152942080, 1152950272, 1152958464, 1152966656, 1152974848, 1152983040, 1152991232, 1152999424, 1153007616, 1153015808, 1153024000, 1153032192, 1153040384, 1153048576, 1153056768, 1153064960, 1153073152, 1153081344, 1153089536, 1153097728, 1153105920, 1153114112, 1153122304, 1153130496, 1153138688, 1153146880, 1153155072, 1153163264, 1153171456, 1153179648, 1153187840, 1153196032, 1153204224, 1153212416, 1153220608, 1153228800, 1153236992, 1153245184, 1153253376, 1153261568, 1153269760, 1153277952, 1153286144, 1153294336, 1153302528, 1153310720, 1153318912, 1153327104, 1153335296, 1153343488, 1153351680, 1153359872, 1153368064, 1153376256, 1153384448, 1153392640, 1153400832, 1153409024, 1153417216, 1153425408, 1153433600, 1153441792, 1153449984, 1153458176, 1153466368, 1153474560, 1153482752, 1153490944, 1153499136, 1153507328, 1153515520, 1153523712, 1153531904, 1153540096, 1153548288, 1153556480, 1153564672, 1153572864, 1153581056, 1153589248, 1153597440, 1153605632, 1153613824, 1153622016, 1153630208, 1153638400, 1153646592, 1153654784, 1153662976, 1153671168, 1153679360, 1153687552, 1153695744, 1153703936, 1153712128, 1153720320, 1153728512, 1153736704, 1153744896, 1153753088, 1153761280, 1153769472, 1153777664, 1153785856, 1153794048, 1153802240, 1153810432, 1153818624, 1153826816, 1153835008, 1153843200, 1153851392, 1153859584, 1153867776, 1153875968, 1153884160, 1153892352, 1153900544, 1153908736, 1153916928, 1153925120, 1153933312, 1153941504, 1153949696, 1153957888, 1153966080, 1153974272, 1153982464, 1153990656, 1153998848, 1154007040, 1154015232, 1154023424, 1154031616, 1154039808, 1154048000, 1154056192, 1154064384, 1154072576, 1154080768, 1154088960, 1154097152, 1154105344, 1154113536, 1154121728, 1154129920, 1154138112, 1154146304, 1154154496, 1154162688, 1154170880, 1154179072, 1154187264, 1154195456, 1154203648, 1154211840, 1154220032, 1154228224, 1154236416, 1154244608, 1154252800, 1154260992, 1154269184, 1154277376, 1154285568, 1154293760, 1154301952, 1154310144, 1154318336, 1154326528, 1154334720, 1154342912, 1154351104, 1154359296, 1154367488, 1154375680, 1154383872, 1154392064, 1154400256, 1154408448, 1154416640, 1154424832, 1154433024, 1154441216, 1154449408, 1154457600, 1154465792, 1154473984, 1154482176, 1154490368, 1154498560, 1154506752, 1154514944, 1154523136, 1154531328, 1154539520, 1154547712, 1154555904, 1154564096, 1154572288, 1154580480, 1154588672, 1154596864, 1154605056, 1154613248, 1154621440, 1154629632, 1154637824, 1154646016, 1154654208, 1154662400, 1154670592, 1154678784, 1154686976, 1154695168, 1154703360, 1154711552, 1154719744, 1154727936, 1154736128, 1154744320, 1154752512, 1154760704, 1154768896, 1154777088, 1154785280, 1154793472, 1154801664, 1154809856, 1154818048, 1154826240, 1154834432, 1154842624, 1154850816, 1154859008, 1154867200, 1154875392, 1154883584, 1154891776, 1154899968, 1154908160, 1154916352, 1154924544, 1154932736, 1154940928, 1154949120, 1154957312, 1154965504, 1154973696, 1154981888, 1154990080, 1154998272, 1155006464, 1155014656, 1155022848, 1155031040, 1155039232, 1155047424, 1155055616, 1155063808, 1155072000, 1155080192, 1155088384, 1155096576, 1155104768, 1155112960, 1155121152, 1155129344, 1155137536, 1155145728, 1155153920, 1155162112, 1155170304, 1155178496, 1155186688, 1155194880, 1155203072, 1155211264, 1155219456, 1155227648, 1155235840, 1155244032, 1155252224, 1155260416, 1155268608, 1155276800, 1155284992, 1155293184, 1155301376, 1155309568, 1155317760, 1155325952, 1155334144, 1155342336, 1155350528, 1155358720, 1155366912, 1155375104, 1155383296, 1155391488, 1155399680, 1155407872, 1155416064, 1155424256, 1155432448, 1155440640, 1155448832, 1155457024, 1155465216, 1155473408, 1155481600, 1155489792, 1155497984, 1155506176, 1155514368, 1155522560, 1155530752, 1155538944, 1155547136, 1155555328, 1155563520, 1155571712, 1155579904, 1155588096, 1155596288, 1155604480, 1155612672, 1155620864, 1155629056, 1155637248, 1155645440, 1155653632, 1155661824, 1155670016, 1155678208, 1155686400, 1155694592, 1155702784, 1155710976, 1155719168, 1155727360, 1155735552, 1155743744, 1155751936, 1155760128, 1155768320, 1155776512, 1155784704, 1155792896, 1155801088, 1155809280, 1155817472, 1155825664, 1155833856, 1155842048, 1155850240, 1155858432, 1155866624, 1155874816, 1155883008, 1155891200, 1155899392, 1155907584, 1155915776, 1155923968, 1155932160, 1155940352, 1155948544, 1155956736, 1155964928, 1155973120, 1155981312, 1155989504, 1155997696, 1156005888, 1156014080, 1156022272, 1156030464, 1156038656, 1156046848, 1156055040, 1156063232, 1156071424, 1156079616, 1156087808, 1156096000, 1156104192, 1156112384, 1156120576, 1156128768, 1156136960, 1156145152, 1156153344, 1156161536, 1156169728, 1156177920, 1156186112, 1156194304, 1156202496, 1156210688, 1156218880, 1156227072, 1156235264, 1156243456, 1156251648, 1156259840, 1156268032, 1156276224, 1156284416, 1156292608, 1156300800, 1156308992, 1156317184, 1156325376, 1156333568, 1156341760, 1156349952, 1156358144, 1156366336, 1156374528, 1156382720, 1156390912, 1156399104, 1156407296, 1156415488, 1156423680, 1156431872, 1156440064, 1156448256, 1156456448, 1156464640, 1156472832, 1156481024, 1156489216, 1156497408, 1156505600, 1156513792, 1156521984, 1156530176, 1156538368, 1156546560, 1156554752, 1156562944, 1156571136, 1156579328, 1156587520, 1156595712, 1156603904, 1156612096, 1156620288, 1156628480, 1156636672, 1156644864, 1156653056, 1156661248, 1156669440, 1156677632, 1156685824, 1156694016, 1156702208, 1156710400, 1156718592, 1156726784, 1156734976, 1156743168, 1156751360, 1156759552, 1156767744, 1156775936, 1156784128, 1156792320, 1156800512, 1156808704, 1156816896, 1156825088, 1156833280, 1156841472, 1156849664, 1156857856, 1156866048, 1156874240, 1156882432, 1156890624, 1156898816, 1156907008, 1156915200, 1156923392, 1156931584, 1156939776, 1156947968, 1156956160, 1156964352, 1156972544, 1156980736, 1156988928, 1156997120, 1157005312, 1157013504, 1157021696, 1157029888, 1157038080, 1157046272, 1157054464, 1157062656, 1157070848, 1157079040, 1157087232, 1157095424, 1157103616, 1157111808, 1157120000, 1157128192, 1157136384, 1157144576, 1157152768, 1157160960, 1157169152, 1157177344, 1157185536, 1157193728, 1157201920, 1157210112, 1157218304, 1157226496],
    text: "[[0.000e+00 1.000e+00 2.000e+00 ... 9.970e+02 9.980e+02 9.990e+02]\n [1.000e+03 1.001e+03 1.002e+03 ... 1.997e+03 1.998e+03 1.999e+03]]",
    representation: "array([[0.000e+00, 1.000e+00, 2.000e+00, ..., 9.970e+02, 9.980e+02,\n        9.990e+02],\n       [1.000e+03, 1.001e+03, 1.002e+03, ..., 1.997e+03, 1.998e+03,\n        1.999e+03]], shape=(2, 1000), dtype=float32)"),
  PrintedArray(
    dtype: "bool", shape: [2],
    bits: [1, 0],
    text: "[ True False]",
    representation: "array([ True, False])"),
  PrintedArray(
    dtype: "bool", shape: [],
    bits: [1],
    text: "True",
    representation: "array(True)"),
  PrintedArray(
    dtype: "bool", shape: [0],
    bits: [],
    text: "[]",
    representation: "array([], dtype=bool)"),
  PrintedArray(
    dtype: "bool", shape: [2, 2],
    bits: [1, 1, 0, 1],
    text: "[[ True  True]\n [False  True]]",
    representation: "array([[ True,  True],\n       [False,  True]])"),
  PrintedArray(
    dtype: "bool", shape: [100],
    bits: [1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1],
    text: "[ True False  True False  True False False  True False False False  True\n  True  True  True  True  True  True  True False False  True False  True\n  True False  True False  True False  True  True  True False  True  True\n  True  True False False  True  True False  True False  True  True False\n  True False  True False False  True  True  True False  True  True  True\n False False  True  True False  True False False  True False False  True\n  True  True  True False  True  True  True  True False  True False  True\n False False  True  True False  True False  True  True False  True False\n False  True  True  True]",
    representation: "array([ True, False,  True, False,  True, False, False,  True, False,\n       False, False,  True,  True,  True,  True,  True,  True,  True,\n        True, False, False,  True, False,  True,  True, False,  True,\n       False,  True, False,  True,  True,  True, False,  True,  True,\n        True,  True, False, False,  True,  True, False,  True, False,\n        True,  True, False,  True, False,  True, False, False,  True,\n        True,  True, False,  True,  True,  True, False, False,  True,\n        True, False,  True, False, False,  True, False, False,  True,\n        True,  True,  True, False,  True,  True,  True,  True, False,\n        True, False,  True, False, False,  True,  True, False,  True,\n       False,  True,  True, False,  True, False, False,  True,  True,\n        True])"),
  PrintedArray(
    dtype: "complex64", shape: [0],
    bits: [],
    text: "[]",
    representation: "array([], dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [1],
    bits: [1065353216, 1073741824],
    text: "[1.+2.j]",
    representation: "array([1.+2.j], dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [],
    bits: [1065353216, 1073741824],
    text: "(1+2j)",
    representation: "array(1.+2.j, dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [2],
    bits: [1069547520, 3221225472, 3196059648, 981668463],
    text: "[ 1.5 -2.e+00j -0.25+1.e-03j]",
    representation: "array([ 1.5 -2.e+00j, -0.25+1.e-03j], dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [1],
    bits: [0, 0],
    text: "[0.+0.j]",
    representation: "array([0.+0.j], dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [],
    bits: [0, 0],
    text: "0j",
    representation: "array(0.+0.j, dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [1],
    bits: [0, 1065353216],
    text: "[0.+1.j]",
    representation: "array([0.+1.j], dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [],
    bits: [0, 1065353216],
    text: "1j",
    representation: "array(0.+1.j, dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [1],
    bits: [2143289344, 2139095040],
    text: "[nan+infj]",
    representation: "array([nan+infj], dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [],
    bits: [2143289344, 2139095040],
    text: "(nan+infj)",
    representation: "array(nan+infj, dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [2],
    bits: [4286578688, 2143289344, 1065353216, 1065353216],
    text: "[-inf+nanj   1. +1.j]",
    representation: "array([-inf+nanj,   1. +1.j], dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [2],
    bits: [1343554297, 1065353216, 1065353216, 786163455],
    text: "[1.e+10+1.e+00j 1.e+00+1.e-10j]",
    representation: "array([1.e+10+1.e+00j, 1.e+00+1.e-10j], dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [1],
    bits: [1051372203, 1059760811],
    text: "[0.33333334+0.6666667j]",
    representation: "array([0.33333334+0.6666667j], dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [],
    bits: [1051372203, 1059760811],
    text: "(0.33333334+0.6666667j)",
    representation: "array(0.33333334+0.6666667j, dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [3, 3],
    bits: [3208529731, 3214616411, 3213923161, 3219845121, 1052918879, 1072577509, 3209605026, 3198417150, 3208164657, 1048168875, 1058362241, 3170786186, 3208735080, 1042533636, 1054709082, 1028359181, 3212356787, 1072971893],
    text: "[[-0.74327487-1.2121385j  -1.1294967 -1.8354493j   0.37942788+1.8612028j ]\n [-0.80736744-0.32025903j -0.72151476+0.24393336j  0.5833054 -0.03104951j]\n [-0.7555146 +0.15996176j  0.4327801 +0.04968648j -0.9713852 +1.9082171j ]]",
    representation: "array([[-0.74327487-1.2121385j , -1.1294967 -1.8354493j ,\n         0.37942788+1.8612028j ],\n       [-0.80736744-0.32025903j, -0.72151476+0.24393336j,\n         0.5833054 -0.03104951j],\n       [-0.7555146 +0.15996176j,  0.4327801 +0.04968648j,\n        -0.9713852 +1.9082171j ]], dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [],
    bits: [2147483648, 2147483648],
    text: "(-0-0j)",
    representation: "array(-0.-0.j, dtype=complex64)"),
  PrintedArray(
    dtype: "complex64", shape: [],
    bits: [925353388, 1268291200],
    text: "(1e-05+2e+07j)",
    representation: "array(1.e-05+2.e+07j, dtype=complex64)"),
  PrintedArray(
    dtype: "complex128", shape: [0],
    bits: [],
    text: "[]",
    representation: "array([], dtype=complex128)"),
  PrintedArray(
    dtype: "complex128", shape: [1],
    bits: [4607182418800017408, 4611686018427387904],
    text: "[1.+2.j]",
    representation: "array([1.+2.j])"),
  PrintedArray(
    dtype: "complex128", shape: [],
    bits: [4607182418800017408, 4611686018427387904],
    text: "(1+2j)",
    representation: "array(1.+2.j)"),
  PrintedArray(
    dtype: "complex128", shape: [2],
    bits: [4609434218613702656, 13835058055282163712, 13821547256400052224, 4562254508917369340],
    text: "[ 1.5 -2.e+00j -0.25+1.e-03j]",
    representation: "array([ 1.5 -2.e+00j, -0.25+1.e-03j])"),
  PrintedArray(
    dtype: "complex128", shape: [1],
    bits: [0, 0],
    text: "[0.+0.j]",
    representation: "array([0.+0.j])"),
  PrintedArray(
    dtype: "complex128", shape: [],
    bits: [0, 0],
    text: "0j",
    representation: "array(0.+0.j)"),
  PrintedArray(
    dtype: "complex128", shape: [1],
    bits: [0, 4607182418800017408],
    text: "[0.+1.j]",
    representation: "array([0.+1.j])"),
  PrintedArray(
    dtype: "complex128", shape: [],
    bits: [0, 4607182418800017408],
    text: "1j",
    representation: "array(0.+1.j)"),
  PrintedArray(
    dtype: "complex128", shape: [1],
    bits: [9221120237041090560, 9218868437227405312],
    text: "[nan+infj]",
    representation: "array([nan+infj])"),
  PrintedArray(
    dtype: "complex128", shape: [],
    bits: [9221120237041090560, 9218868437227405312],
    text: "(nan+infj)",
    representation: "array(nan+infj)"),
  PrintedArray(
    dtype: "complex128", shape: [2],
    bits: [18442240474082181120, 9221120237041090560, 4607182418800017408, 4607182418800017408],
    text: "[-inf+nanj   1. +1.j]",
    representation: "array([-inf+nanj,   1. +1.j])"),
  PrintedArray(
    dtype: "complex128", shape: [2],
    bits: [4756540486875873280, 4607182418800017408, 4607182418800017408, 4457293557087583675],
    text: "[1.e+10+1.e+00j 1.e+00+1.e-10j]",
    representation: "array([1.e+10+1.e+00j, 1.e+00+1.e-10j])"),
  PrintedArray(
    dtype: "complex128", shape: [1],
    bits: [4599676419421066581, 4604180019048437077],
    text: "[0.33333333+0.66666667j]",
    representation: "array([0.33333333+0.66666667j])"),
  PrintedArray(
    dtype: "complex128", shape: [],
    bits: [4599676419421066581, 4604180019048437077],
    text: "(0.3333333333333333+0.6666666666666666j)",
    representation: "array(0.33333333+0.66666667j)"),
  PrintedArray(
    dtype: "complex128", shape: [3, 3],
    bits: [13830729765435322628, 4608943884150677237, 13833065041788090138, 13836903561544464087, 13830608317213322831, 4602918651786682859, 13832061851026419352, 13830895626868902032, 4604903255587711570, 4607364216266138701, 4605564529542830649, 13830905393885888997, 13830206017061901175, 13822185251225061333, 13832312822072184056, 13832834534023779023, 13823435105072195862, 13830349612582748470],
    text: "[[-1.03892659+1.39112388j -1.55746211-2.81956942j -1.01195967+0.52662677j]\n [-1.33470901-1.07575523j  0.74696205+1.04036715j  0.82037821-1.07792394j]\n [-0.96131555-0.28541583j -1.39043578-1.5062791j  -0.35479665-0.97725785j]]",
    representation: "array([[-1.03892659+1.39112388j, -1.55746211-2.81956942j,\n        -1.01195967+0.52662677j],\n       [-1.33470901-1.07575523j,  0.74696205+1.04036715j,\n         0.82037821-1.07792394j],\n       [-0.96131555-0.28541583j, -1.39043578-1.5062791j ,\n        -0.35479665-0.97725785j]])"),
  PrintedArray(
    dtype: "complex128", shape: [],
    bits: [9223372036854775808, 9223372036854775808],
    text: "(-0-0j)",
    representation: "array(-0.-0.j)"),
  PrintedArray(
    dtype: "complex128", shape: [],
    bits: [4532020583610935537, 4716133919349538816],
    text: "(1e-05+20000000j)",
    representation: "array(1.e-05+20000000.j)"),
]

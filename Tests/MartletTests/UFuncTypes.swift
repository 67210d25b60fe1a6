// Written by Tools/ufunc_types.py; do not edit.

/// What NumPy 2.4.6 says of its ufuncs.
enum UFuncTypes {
  /// Name, identity as Python prints it, loops.
  static let rows: [(name: String, identity: String, loops: String)] = [
    (
      "_ones_like", "None",
      "?->? b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d F->F D->D"
    ),
    (
      "absolute", "None",
      "?->? b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d F->f D->d"
    ),
    (
      "add", "0",
      "??->? bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d FF->F "
        + "DD->D"
    ),
    (
      "arccos", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "arccosh", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "arcsin", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "arcsinh", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "arctan", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "arctan2", "None",
      "ee->e ff->f dd->d"
    ),
    (
      "arctanh", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "bitwise_and", "-1",
      "??->? bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L"
    ),
    (
      "bitwise_count", "None",
      "b->B B->B h->B H->B i->B I->B l->B L->B"
    ),
    (
      "bitwise_or", "0",
      "??->? bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L"
    ),
    (
      "bitwise_xor", "0",
      "??->? bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L"
    ),
    (
      "cbrt", "None",
      "e->e f->f d->d"
    ),
    (
      "ceil", "None",
      "?->? b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d"
    ),
    (
      "clip", "None",
      "???->? bbb->b BBB->B hhh->h HHH->H iii->i III->I lll->l LLL->L eee->e fff->f "
        + "ddd->d FFF->F DDD->D"
    ),
    (
      "conjugate", "None",
      "b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d F->F D->D"
    ),
    (
      "copysign", "None",
      "ee->e ff->f dd->d"
    ),
    (
      "cos", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "cosh", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "deg2rad", "None",
      "e->e f->f d->d"
    ),
    (
      "degrees", "None",
      "e->e f->f d->d"
    ),
    (
      "divide", "None",
      "ee->e ff->f dd->d FF->F DD->D"
    ),
    (
      "divmod", "None",
      "bb->bb BB->BB hh->hh HH->HH ii->ii II->II ll->ll LL->LL ee->ee ff->ff dd->dd"
    ),
    (
      "equal", "None",
      "??->? bb->? BB->? hh->? HH->? ii->? II->? ll->? LL->? lL->? Ll->? ee->? ff->? "
        + "dd->? FF->? DD->?"
    ),
    (
      "exp", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "exp2", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "expm1", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "fabs", "None",
      "e->e f->f d->d"
    ),
    (
      "float_power", "None",
      "dd->d DD->D"
    ),
    (
      "floor", "None",
      "?->? b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d"
    ),
    (
      "floor_divide", "None",
      "bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d"
    ),
    (
      "fmax", "None",
      "??->? bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d FF->F "
        + "DD->D"
    ),
    (
      "fmin", "None",
      "??->? bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d FF->F "
        + "DD->D"
    ),
    (
      "fmod", "None",
      "bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d"
    ),
    (
      "frexp", "None",
      "e->ei f->fi d->di"
    ),
    (
      "gcd", "0",
      "bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L"
    ),
    (
      "greater", "None",
      "??->? bb->? BB->? hh->? HH->? ii->? II->? ll->? LL->? lL->? Ll->? ee->? ff->? "
        + "dd->? FF->? DD->?"
    ),
    (
      "greater_equal", "None",
      "??->? bb->? BB->? hh->? HH->? ii->? II->? ll->? LL->? lL->? Ll->? ee->? ff->? "
        + "dd->? FF->? DD->?"
    ),
    (
      "heaviside", "None",
      "ee->e ff->f dd->d"
    ),
    (
      "hypot", "0",
      "ee->e ff->f dd->d"
    ),
    (
      "invert", "None",
      "?->? b->b B->B h->h H->H i->i I->I l->l L->L"
    ),
    (
      "isfinite", "None",
      "?->? b->? B->? h->? H->? i->? I->? l->? L->? e->? f->? d->? F->? D->?"
    ),
    (
      "isinf", "None",
      "?->? b->? B->? h->? H->? i->? I->? l->? L->? e->? f->? d->? F->? D->?"
    ),
    (
      "isnan", "None",
      "?->? b->? B->? h->? H->? i->? I->? l->? L->? e->? f->? d->? F->? D->?"
    ),
    (
      "lcm", "None",
      "bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L"
    ),
    (
      "ldexp", "None",
      "ei->e fi->f el->e fl->f di->d dl->d"
    ),
    (
      "left_shift", "None",
      "bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L"
    ),
    (
      "less", "None",
      "??->? bb->? BB->? hh->? HH->? ii->? II->? ll->? LL->? lL->? Ll->? ee->? ff->? "
        + "dd->? FF->? DD->?"
    ),
    (
      "less_equal", "None",
      "??->? bb->? BB->? hh->? HH->? ii->? II->? ll->? LL->? lL->? Ll->? ee->? ff->? "
        + "dd->? FF->? DD->?"
    ),
    (
      "log", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "log10", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "log1p", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "log2", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "logaddexp", "-inf",
      "ee->e ff->f dd->d"
    ),
    (
      "logaddexp2", "-inf",
      "ee->e ff->f dd->d"
    ),
    (
      "logical_and", "True",
      "??->? bb->? BB->? hh->? HH->? ii->? II->? ll->? LL->? ee->? ff->? dd->? FF->? "
        + "DD->?"
    ),
    (
      "logical_not", "None",
      "?->? b->? B->? h->? H->? i->? I->? l->? L->? e->? f->? d->? F->? D->?"
    ),
    (
      "logical_or", "False",
      "??->? bb->? BB->? hh->? HH->? ii->? II->? ll->? LL->? ee->? ff->? dd->? FF->? "
        + "DD->?"
    ),
    (
      "logical_xor", "False",
      "??->? bb->? BB->? hh->? HH->? ii->? II->? ll->? LL->? ee->? ff->? dd->? FF->? "
        + "DD->?"
    ),
    (
      "maximum", "None",
      "??->? bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d FF->F "
        + "DD->D"
    ),
    (
      "minimum", "None",
      "??->? bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d FF->F "
        + "DD->D"
    ),
    (
      "modf", "None",
      "e->ee f->ff d->dd"
    ),
    (
      "multiply", "1",
      "??->? bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d FF->F "
        + "DD->D"
    ),
    (
      "negative", "None",
      "b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d F->F D->D"
    ),
    (
      "nextafter", "None",
      "ee->e ff->f dd->d"
    ),
    (
      "not_equal", "None",
      "??->? bb->? BB->? hh->? HH->? ii->? II->? ll->? LL->? lL->? Ll->? ee->? ff->? "
        + "dd->? FF->? DD->?"
    ),
    (
      "positive", "None",
      "b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d F->F D->D"
    ),
    (
      "power", "None",
      "bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d FF->F DD->D"
    ),
    (
      "rad2deg", "None",
      "e->e f->f d->d"
    ),
    (
      "radians", "None",
      "e->e f->f d->d"
    ),
    (
      "reciprocal", "None",
      "b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d F->F D->D"
    ),
    (
      "remainder", "None",
      "bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d"
    ),
    (
      "right_shift", "None",
      "bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L"
    ),
    (
      "rint", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "sign", "None",
      "b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d F->F D->D"
    ),
    (
      "signbit", "None",
      "e->? f->? d->?"
    ),
    (
      "sin", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "sinh", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "spacing", "None",
      "e->e f->f d->d"
    ),
    (
      "sqrt", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "square", "None",
      "b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d F->F D->D"
    ),
    (
      "subtract", "None",
      "bb->b BB->B hh->h HH->H ii->i II->I ll->l LL->L ee->e ff->f dd->d FF->F DD->D"
    ),
    (
      "tan", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "tanh", "None",
      "e->e f->f d->d F->F D->D"
    ),
    (
      "trunc", "None",
      "?->? b->b B->B h->h H->H i->i I->I l->l L->L e->e f->f d->d"
    ),
  ]

  static let aliases: [String: String] = [
    "abs": "absolute",
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "bitwise_invert": "invert",
    "bitwise_left_shift": "left_shift",
    "bitwise_not": "invert",
    "bitwise_right_shift": "right_shift",
    "conj": "conjugate",
    "mod": "remainder",
    "pow": "power",
    "true_divide": "divide",
  ]
}

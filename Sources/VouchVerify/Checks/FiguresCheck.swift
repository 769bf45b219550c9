import VouchModel

/// The figures on the pages against `data/check.json`; see ``Page`` for how they are marked.
struct FiguresCheck {
  private let document: CheckDocument
  private var check: Check
  /// How pages in another language call a verdict: verdict, word, and where it stands.
  private var words: [String: [String: [String]]] = [:]

  static func run(_ context: Context) -> Check {
    let check = Check("figures", "The figures on the pages are those of data/check.json")
    guard let document = context.check else {
      return check.skipping("data/check.json could not be read")
    }
    var run = FiguresCheck(document: document, check: check)
    var count = 0
    for (path, facts) in context.facts {
      guard let page = facts.page else { continue }
      count += page.figures.count
      for figure in page.figures { run.compare(figure, on: page, at: "\(path):\(figure.line)") }
    }
    run.compareWords()
    for control in document.controls { run.requireFigures(of: control, context) }
    run.check.note = "\(count) figures"
    return run.check.sorted()
  }

  private init(document: CheckDocument, check: Check) {
    self.document = document
    self.check = check
  }

  private mutating func compare(_ figure: Page.Figure, on page: Page, at place: String) {
    guard let dot = figure.key.lastIndex(of: "."),
      let expected = document.figure(
        of: String(figure.key[..<dot]), named: figure.key[figure.key.index(after: dot)...])
    else {
      check.find("unknown", place, "'\(figure.key)' is no figure of data/check.json")
      return
    }
    let isNumber = Int(expected) != nil
    let isTranslated =
      figure.value != nil && !isNumber && !(page.language + "-").hasPrefix("en-")
    let shown = isNumber ? ungrouped(figure.text) : spaced(figure.text)
    if let value = figure.value, value != expected {
      check.find("differs", place, "has another \(figure.key)", expected: expected, actual: value)
    } else if isTranslated {
      words[expected, default: [:]][shown, default: []].append(place)
    } else if shown != (isNumber ? expected : spaced(expected)) {
      check.find("differs", place, "shows another \(figure.key)", expected: expected, actual: shown)
    }
  }

  /// One word for each verdict: the one that stands most often, in case of a tie the first.
  private mutating func compareWords() {
    var owners: [String: String] = [:]
    for (verdict, shown) in words.sorted(by: { $0.key < $1.key }) {
      let order = shown.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
      guard let usual = order.first else { continue }
      for (word, places) in order.dropFirst() {
        for place in places {
          check.find(
            "differs", place, "calls the verdict \(verdict) otherwise than the other pages",
            expected: usual.key, actual: word)
        }
      }
      if let other = owners.updateValue(verdict, forKey: usual.key) {
        check.find(
          "ambiguous", usual.value.min() ?? "", "calls two verdicts by one word",
          expected: other, actual: verdict)
      }
    }
  }

  /// A control's own page has to show its figures: without them there is nothing to compare.
  private mutating func requireFigures(
    of control: CheckDocument.ControlFigures, _ context: Context
  ) {
    let path = PackageLayout.page(of: control.id)
    guard let page = context.facts[path]?.page, page.isWhole else { return }
    let shown = Set(page.figures.map(\.key))
    let isEvaluated = control.verdict != Verdict.notApplicable.rawValue
    for name in isEvaluated ? ["verdict", "population", "deviations"] : ["verdict"]
    where !shown.contains("\(control.id).\(name)") {
      check.find("missing", path, "does not show \(control.id).\(name) as a marked figure")
    }
  }
}

/// Digits without what groups them.
private func ungrouped(_ text: String) -> String {
  let digits = text.unicodeScalars.filter {
    !",.'\u{2019}".unicodeScalars.contains($0) && !$0.properties.isWhitespace
  }
  return String(String.UnicodeScalarView(digits))
}

/// Words in lower case with one space between them.
private func spaced(_ text: String) -> String {
  text.lowercased().split { $0 == "_" || $0 == "-" || $0.isWhitespace }.joined(separator: " ")
}

extension CheckDocument {
  fileprivate func figure(of id: String, named name: Substring) -> String? {
    if let control = control(id) { return control.figure(name) }
    return name == "verdict" ? criterion(id)?.verdict : nil
  }
}

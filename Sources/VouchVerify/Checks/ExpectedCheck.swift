import VouchModel

/// `expected.csv`: what `controls.sql` has to print.
///
/// A row for each control and slice of the period, then one for each deviating item of it:
///
/// ```
/// "VM-02","2026-Q3","verdict","fail",412,3,0,1
/// "VM-02","2026-Q3","A","false","web-01|19506",""
/// ```
struct ExpectedCheck {
  private let document: CheckDocument
  private let path = PackageLayout.expected
  private var check: Check
  private var slices: [String: [Slice]] = [:]
  private var items = ListedItems()

  private struct Slice {
    let verdict: String
    /// Population, deviations, unknown and waived.
    let counts: [Int]
  }

  static func run(_ document: CheckDocument?, _ package: any PackageContents) -> Check {
    let check = Check("expected", "expected.csv has the verdicts and items of data/check.json")
    guard let document else {
      return check.skipping("data/check.json could not be read")
    }
    var run = ExpectedCheck(document: document, check: check)
    var count = 0
    var reading = check
    let isWhole = package.readRows(PackageLayout.expected, for: &reading) { row in
      count += 1
      run.take(row, number: count)
    }
    run.check.findings += reading.findings
    if isWhole {
      for control in document.controls { run.compare(control) }
    }
    run.check.note = "\(count) rows"
    return run.check.sorted()
  }

  private init(document: CheckDocument, check: Check) {
    self.document = document
    self.check = check
  }

  private mutating func take(_ row: borrowing DelimitedRow, number: Int) {
    if row.count == 6, document.has(control: row.bytes(0)) {
      // The script prints one line per item, so a key's own line ends are spaces there; so they
      // are in the items that this is compared with.
      items.add(
        to: row.bytes(0), item: row.bytes(4), attribute: row.bytes(2), result: row.bytes(3))
      return
    }
    let texts = row.texts
    let counts = texts.dropFirst(4).compactMap { Int($0) }
    if document.control(texts[0]) == nil {
      check.find("control-unknown", "\(path):\(number)", "is of no control of data/check.json")
    } else if texts.count == 8, texts[2] == "verdict", counts.count == 4,
      counts.allSatisfy({ (0...1 << 40).contains($0) })
    {
      slices[texts[0], default: []].append(Slice(verdict: texts[3], counts: counts))
    } else {
      check.find("malformed", "\(path):\(number)", "is neither a verdict nor an item")
    }
  }

  private mutating func compare(_ control: CheckDocument.ControlFigures) {
    let slices = slices[control.id] ?? []
    if slices.isEmpty {
      // A control that is scoped out is not evaluated.
      if control.verdict != Verdict.notApplicable.rawValue {
        check.find("control-missing", path, "does not list \(control.id)")
      }
      return
    }
    let verdicts = slices.map { Verdict(rawValue: $0.verdict) }
    let worst = Verdict.worst(of: verdicts.compactMap { $0 })?.rawValue
    if worst != control.verdict || verdicts.contains(nil) {
      check.find(
        "verdict", path, "has another verdict of \(control.id)", expected: control.verdict,
        actual: slices.map(\.verdict).joined(separator: ", "))
    }
    for (index, count) in control.counts.enumerated() {
      let sum = slices.reduce(0) { $0 + $1.counts[index] }
      if sum != count.value {
        check.find(
          "count", path, "has another \(count.name) of \(control.id)",
          expected: String(count.value), actual: String(sum))
      }
    }
    items[control.id].compare(with: control.printedItems, of: control.id, at: path, &check)
  }
}

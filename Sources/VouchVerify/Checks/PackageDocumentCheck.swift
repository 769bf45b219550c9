import VouchModel

/// `package.xml` against everything else in the package that says the same.
struct PackageDocumentCheck {
  private let context: Context
  private let document: PackageDocument
  private let path = PackageLayout.package
  private var check: Check

  static func run(
    _ context: Context, _ document: PackageDocument?, records: [RecordsCheck.Evidence]
  ) -> Check {
    let check = Check("package", "package.xml says what the rest of the package says")
    guard let document else { return check.skipping("package.xml could not be read") }
    var run = PackageDocumentCheck(context: context, document: document, check: check)
    run.compareHead()
    run.compareControls()
    run.compareCriteria()
    run.compareFiles()
    run.compareRecords(records)
    run.check.note = "\(document.controls.count) controls, \(document.files.count) files"
    return run.check.sorted()
  }

  private init(context: Context, document: PackageDocument, check: Check) {
    self.context = context
    self.document = document
    self.check = check
  }

  private mutating func compare(
    _ id: String, _ what: String, line: Int? = nil, expected: String?, actual: String?
  ) {
    guard let expected, expected != actual else { return }
    let place = line.map { "\(path):\($0)" } ?? path.text
    check.find(id, place, "has another \(what)", expected: expected, actual: actual ?? "none")
  }

  private mutating func compareHead() {
    let root = document.root
    let suffix = context.redactedFrom == nil ? "" : "-redacted"
    compare(
      "head", "name", expected: context.info?["External-Identifier"],
      actual: root["name"].map { $0 + suffix })
    compare("head", "status", expected: context.info?["Vouch-Status"], actual: root["status"])
    compare(
      "head", "digest of the rules", expected: context.info?["Vouch-Rules-Digest"],
      actual: root["rules-digest"])
    guard let figures = context.check else { return }
    compare("head", "as-of time", expected: figures.asOf, actual: root["as-of"])
    compare(
      "head", "organization", expected: documentLine(figures.organization),
      actual: documentLine(document.organization))
    compare("head", "period", expected: figures.period, actual: document.period["id"])
    compare("head", "period", expected: figures.periodStart, actual: document.period["start"])
    compare("head", "period", expected: figures.periodEnd, actual: document.period["end"])
  }

  private mutating func compareControls() {
    var listed: Set<String> = []
    for control in document.controls {
      compareRule(control)
      guard let figures = context.check else { continue }
      guard let expected = figures.control(control.id), listed.insert(control.id).inserted else {
        check.find(
          "control", "\(path):\(control.line)",
          "lists '\(control.id)' twice, or data/check.json does not")
        continue
      }
      compare(
        "verdict", "verdict of \(control.id)", line: control.line, expected: expected.verdict,
        actual: control.figures["verdict"])
      comparePopulation(control)
      for (name, value) in expected.counts {
        compare(
          "count", "\(name) of \(control.id)", line: control.line, expected: String(value),
          actual: control.figures[name])
      }
    }
    for control in context.check?.controls ?? [] where !listed.contains(control.id) {
      check.find("control", path, "does not list \(control.id)")
    }
  }

  /// The digest that names the population has to be that of the keys in its CSV.
  private mutating func comparePopulation(_ control: PackageDocument.Control) {
    let table = PackageLayout.population(of: control.id)
    guard let actual = context.populationDigest(table, for: &check) else { return }
    guard context.redactedFrom == nil, let said = control.figures["population-digest"] else {
      return
    }
    if said != actual.hex {
      check.find(
        "population-digest", table, "is not the population that package.xml names",
        expected: said, actual: actual.hex)
    }
  }

  /// The rule file in the package has to be the one that the control was judged by.
  private mutating func compareRule(_ control: PackageDocument.Control) {
    guard let file = control.figures["file"], let digest = control.figures["file-digest"] else {
      return
    }
    let target = BagPath("data/reperform/\(file)")
    guard let actual = context.facts[target]?.digest else {
      check.find(
        "rule", "\(path):\(control.line)", "names a rule file of \(control.id) that is not there",
        expected: target.text)
      return
    }
    // A rule in which a value was replaced is held against the full package's.
    if actual.hex != digest, context.fullDigests[target]?.hex != digest {
      check.find(
        "rule", target, "is not the rule that \(control.id) was judged by", expected: digest,
        actual: actual.hex)
    }
  }

  private mutating func compareCriteria() {
    guard let figures = context.check else { return }
    for criterion in document.criteria {
      compare(
        "criterion", "verdict of \(criterion.id)", line: criterion.line,
        expected: figures.criterion(criterion.id)?.verdict ?? "no such criterion",
        actual: criterion.verdict)
    }
    let listed = Set(document.criteria.map(\.id))
    for id in Criterion.ids where !listed.contains(id) {
      check.find("criterion", path, "does not list the criterion \(id)")
    }
  }

  private mutating func compareFiles() {
    for file in document.files {
      let target = BagPath(file.path)
      guard target.isIn("data/evidence"), let facts = context.facts[target],
        let digest = facts.digest
      else {
        check.find(
          "file", "\(path):\(file.line)", "names evidence that is not there", actual: file.path)
        continue
      }
      if context.redactedFrom != nil {
        compare(
          "digest", "digest of \(target)", line: file.line,
          expected: context.fullDigests[target]?.hex ?? "none", actual: file.digest)
        continue
      }
      compare(
        "digest", "digest of \(target)", line: file.line, expected: digest.hex,
        actual: file.digest)
      compare(
        "size", "size of \(target)", line: file.line, expected: String(facts.size),
        actual: file.size)
    }
  }

  /// What the database says it was read from, and how many records each file gave.
  private mutating func compareRecords(_ records: [RecordsCheck.Evidence]) {
    let files = Dictionary(
      document.files.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    for row in records {
      guard let file = files[String(row.number)] else { continue }
      if row.digest != file.digest || row.records.map(String.init) != file.records {
        check.find(
          "records", PackageLayout.records,
          "says other things of evidence \(row.number) than package.xml",
          expected: "\(file.records) records of \(file.digest)",
          actual: "\(row.records.map(String.init) ?? "no") records of \(row.digest ?? "nothing")")
      }
    }
  }
}

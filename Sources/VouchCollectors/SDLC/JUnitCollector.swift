import VouchModel

/// Reads JUnit XML of any producer: one `test_run` for each suite that holds test cases.
///
/// The children are counted, not the attributes, which often disagree; a difference is reported.
/// A case that occurs twice in a suite, as in merged reports, counts once, with its worst result.
/// The commit comes from a property (`commit`, `sha`, `git.commit.id` ...), from the option `sha`,
/// or from the 40 digits in the file's name or path.
enum JUnitCollector: Collector {
  static let format = "junit"
  static let summary = "JUnit XML test results"
  static let gives: [RecordType] = [.test_run]

  static func recognises(_ head: Head) -> Bool {
    head.xmlRoot == "testsuites" || head.xmlRoot == "testsuite"
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.test_run)
    let report = JUnitReport(reading)
    try item.xml(format: format, reading) { report.take($0) }
    report.finish()
  }
}

private final class JUnitReport {
  enum Outcome: Int { case skipped, passed, failed, error }

  /// A suite that is open, or done when it had cases of its own.
  private struct Suite {
    var element: XMLElement
    var name: String
    var cases: [String: Outcome] = [:]
    var repeated = 0
  }

  private let reading: Reading
  private let problems = RepeatedProblems()
  private let times: TimeFields
  private var open: [Suite] = []
  private var done: [Suite] = []
  private var positions: [String: Int] = [:]
  private var current: (key: String, outcome: Outcome)?
  private var run: String?
  private var commit: String?
  private var rootTime: String?

  init(_ reading: Reading) {
    self.reading = reading
    times = TimeFields(reading.item, format: JUnitCollector.format, problems: problems)
  }

  func take(_ event: XMLEvent) {
    switch event {
    case .start(let element): start(element)
    case .end("testcase"): endCase()
    case .end("testsuite"): endSuite()
    default: break
    }
  }

  private func start(_ element: XMLElement) {
    switch element.name {
    case "testsuites":
      run = element["id"]
      rootTime = element["timestamp"]
    case "testsuite":
      let name = element["name"].flatMap { $0.isEmpty ? nil : $0 }
      open.append(
        Suite(element: element, name: name ?? open.last?.name ?? element["package"] ?? ""))
    case "testcase":
      current = (
        "\(element["classname"] ?? "")\u{1F}\(element["name"] ?? "")", Self.outcome(of: element)
      )
    case "failure": worsen(to: .failed)
    case "error": worsen(to: .error)
    case "skipped", "disabled", "ignored":
      if current?.outcome == .passed { current?.outcome = .skipped }
    case "property": note(element)
    default: break
    }
  }

  /// Some producers write a status attribute instead of a child.
  private static func outcome(of element: XMLElement) -> Outcome {
    switch (element["status"] ?? element["result"])?.lowercased() {
    case "notrun", "skipped", "disabled", "ignored": .skipped
    default: .passed
    }
  }

  private func worsen(to outcome: Outcome) {
    guard let now = current?.outcome, outcome.rawValue > now.rawValue else { return }
    current?.outcome = outcome
  }

  private func note(_ property: XMLElement) {
    guard let name = property["name"]?.lowercased(), let value = property["value"] else { return }
    let commits = [
      "commit", "sha", "revision", "git.commit", "git.commit.id", "git_commit", "git.sha",
      "ci_commit_sha", "github_sha", "vcs.revision",
    ]
    let runs = ["run_id", "build", "build.id", "build_id", "github_run_id", "ci_pipeline_id"]
    if commits.contains(name), Self.isHash(value) { commit = commit ?? value.lowercased() }
    if runs.contains(name) { run = run ?? value }
  }

  private static func isHash(_ text: String) -> Bool {
    (7...64).contains(text.utf8.count) && text.allSatisfy(\.isHexDigit)
  }

  private func endCase() {
    guard let (key, outcome) = current, !open.isEmpty else { return }
    current = nil
    let last = open.count - 1
    if let known = open[last].cases[key] {
      open[last].repeated += 1
      if outcome.rawValue <= known.rawValue { return }
    }
    open[last].cases[key] = outcome
  }

  private func endSuite() {
    guard let suite = open.popLast() else { return }
    checkCounts(suite)
    // A suite that only holds other suites has no cases; an empty one that says so is a result.
    guard !suite.cases.isEmpty || suite.element["tests"] == "0" else { return }
    guard let i = positions[suite.name] else {
      positions[suite.name] = done.count
      done.append(suite)
      return
    }
    done[i].cases.merge(suite.cases) { $0.rawValue >= $1.rawValue ? $0 : $1 }
  }

  private func checkCounts(_ suite: Suite) {
    guard let written = suite.element["tests"].flatMap({ Int($0) }), !suite.cases.isEmpty else {
      return
    }
    let counted = suite.cases.count + suite.repeated
    guard written != counted else { return }
    problems.add(
      Diagnostic(
        "junit.counts", .warning, at: reading.item.at(suite.element.place),
        "a suite says \(written) tests and holds \(counted)",
        why: "the report was merged, filtered or cut; the cases it holds are counted",
        fix: "compare with the log of the run"))
  }

  // MARK: Records

  func finish() {
    let item = reading.item
    let sha = commit ?? item.commitInName
    for suite in done { reading.append(record(suite, sha: sha)) }
    if sha == nil, !done.isEmpty {
      reading.diagnose(
        Diagnostic(
          "junit.no-commit", .warning, at: item.label, "the report does not name its commit",
          why: "a run without a commit proves nothing about a deployment",
          fix: "put the commit into a property 'commit', or the file into a folder named after it"))
    }
    problems.report(to: reading)
  }

  private func record(_ suite: Suite, sha: String?) -> Record {
    let element = suite.element
    var record = Record(.test_run, place: element.place)
    record["run_id"] = .text(run ?? reading.item.options["run"] ?? reading.item.digest.short)
    record["sha"] = .text(sha)
    record["suite"] = .text(suite.name.isEmpty ? reading.item.provenance.name : suite.name)
    let outcomes = suite.cases.values
    record["tests"] = .integer(outcomes.count)
    record["failures"] = .integer(outcomes.count { $0 == .failed })
    record["errors"] = .integer(outcomes.count { $0 == .error })
    record["skipped"] = .integer(outcomes.count { $0 == .skipped })
    let written = element["timestamp"] ?? rootTime
    let started = times.instant(written, "timestamp", at: element.place)
    record["started_at"] = .instant(started)
    if let started, let seconds = seconds(element["time"]), abs(seconds) < 1e8 {
      record["ended_at"] = .instant(started.advanced(by: Int64(seconds.rounded(.up))))
    }
    return record
  }

  /// `14.398`, `2,503.1` with thousands, `2,5` with a decimal comma. Nil for other text.
  private func seconds(_ text: String?) -> Double? {
    guard let text = text?.trimmed, !text.isEmpty else { return nil }
    if let plain = Double(text) { return plain.isFinite && plain >= 0 ? plain : nil }
    if text.wholeMatch(of: /[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?/) != nil {
      return Double(text.replacing(",", with: ""))
    }
    return text.wholeMatch(of: /[0-9]+,[0-9]+/) == nil
      ? nil : Double(text.replacing(",", with: "."))
  }
}

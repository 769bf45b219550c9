import ArgumentParser
import Foundation
import Vouch
import VouchModel

/// Period and moment of an evaluation.
struct PeriodOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The period: 2026-Q3, 2026-07, or 2026-07-01..2026-10-01 (the right side is the first day after it). Default: as vouch.yaml says.",
      valueName: "period"))
  var period: String?

  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp(
      "Evaluate as things stood at this moment of a period that still runs. Default: the end of the period.",
      valueName: "date"))
  var asOf: String?

  func moment(in workspace: Workspace) throws -> Instant? {
    guard let asOf else { return nil }
    if let time = WrittenTime(iso: asOf) {
      return workspace.configuration.engagement.zone.instant(time)
    }
    throw ValidationError("'\(asOf)' is not a date; write 2026-08-15 or 2026-08-15T12:00:00Z")
  }
}

struct CheckCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json, junit, sarif, csv
  }

  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Evaluate every adopted control and show the gaps.",
    discussion: """
      Exit status 0: every control passes (or has not operated, or is scoped out). 1: not all well;
      with --baseline: something does not pass that did in the baseline, or was not in it.

      Examples:
        vouch check
        vouch check --as-of 2026-08-15          in the middle of the quarter
        vouch check --format json > check.json
        vouch check --format junit > junit.xml  for a CI system
        vouch check --baseline last-week.json   fails on new gaps only
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var time: PeriodOptions
  @Option(name: .long, help: "table, json, junit, sarif or csv.")
  var format = Format.table
  @Option(
    name: .long,
    help: ArgumentHelp(
      "An earlier result: a package, or what --format json wrote. Gaps that it has already do not fail this check.",
      valueName: "file"))
  var baseline: String?
  @Flag(name: .long, help: "No progress and no warnings.")
  var quiet = false
  @Flag(name: .long, help: "Also print how long each rule took, for whoever writes rules.")
  var timings = false

  func run() throws {
    let workspace = try Workspace(path: options.workspace)
    // Before the work: a baseline that is not there should not be noticed after it.
    let baseline = try self.baseline.map(Baseline.init)
    let bar = ProgressLine(isOn: !quiet)
    var took: [(name: String, seconds: Double)] = []
    let assessment = try workspace.assess(
      period: try workspace.period(time.period), asOf: try time.moment(in: workspace)
    ) { step in
      if case .took(let name, let seconds) = step { took.append((name, seconds)) }
      bar.show(step)
    }
    bar.clear()
    if timings {
      for rule in took.sorted(by: { $0.seconds > $1.seconds }) {
        Terminal.error("\(rule.name)  \(String(format: "%.3f s", rule.seconds))")
      }
    }
    switch format {
    case .table:
      FileHandle.standardOutput.write(
        Data(
          Terminal.styled(
            CheckTable.text(assessment, width: Terminal.width, color: Terminal.hasColor)
          ).utf8))
      if let baseline { Terminal.out("\n" + baseline.text(assessment)) }
    case .json: Terminal.write(CheckJSON.text(assessment))
    case .junit: Terminal.write(CheckFormats.junit(assessment, baseline: baseline))
    case .sarif: Terminal.write(CheckFormats.sarif(assessment, baseline: baseline))
    case .csv: Terminal.write(CheckFormats.csv(assessment))
    }
    if !quiet, format == .table {
      let names = Dictionary(
        assessment.evidence.map { ($0.label, $0.provenance.name) }, uniquingKeysWith: { a, _ in a })
      for diagnostic in assessment.diagnostics where diagnostic.severity == .error {
        Terminal.error(diagnostic.naming(names).rendered)
      }
      for diagnostic in workspace.configuration.placeholders { Terminal.error(diagnostic.rendered) }
    }
    if !quiet, format == .table { Advice.show(on: assessment) }
    let isWell = baseline?.holds(assessment) ?? assessment.isAllWell
    if !isWell { throw Answer.notAllWell }
  }
}

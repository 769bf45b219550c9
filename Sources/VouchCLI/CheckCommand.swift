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
      Exit status 0: every control passes (or has not operated, or is scoped out). 1: not all well.

      Examples:
        vouch check
        vouch check --as-of 2026-08-15          in the middle of the quarter
        vouch check --format json > check.json
        vouch check --format junit > junit.xml  for a CI system
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var time: PeriodOptions
  @Option(name: .long, help: "table, json, junit, sarif or csv.")
  var format = Format.table
  @Flag(name: .long, help: "No progress and no warnings.")
  var quiet = false

  func run() throws {
    let workspace = try Workspace(path: options.workspace)
    let bar = ProgressLine(isOn: !quiet)
    let assessment = try workspace.assess(
      period: try workspace.period(time.period), asOf: try time.moment(in: workspace),
      progress: bar.show)
    bar.clear()
    switch format {
    case .table:
      FileHandle.standardOutput.write(
        Data(
          Terminal.styled(
            CheckTable.text(assessment, width: Terminal.width, color: Terminal.hasColor)
          ).utf8))
    case .json: Terminal.write(CheckJSON.text(assessment))
    case .junit: Terminal.write(CheckFormats.junit(assessment))
    case .sarif: Terminal.write(CheckFormats.sarif(assessment))
    case .csv: Terminal.write(CheckFormats.csv(assessment))
    }
    if !quiet, format == .table {
      for diagnostic in assessment.diagnostics where diagnostic.severity == .error {
        Terminal.error(diagnostic.rendered)
      }
      for diagnostic in workspace.configuration.placeholders { Terminal.error(diagnostic.rendered) }
    }
    if !assessment.isAllWell { throw Answer.notAllWell }
  }
}

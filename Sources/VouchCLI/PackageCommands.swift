import ArgumentParser
import Foundation
import Vouch
import VouchModel

struct ReperformCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  static let configuration = CommandConfiguration(
    commandName: "reperform",
    abstract: "Compute every verdict of a package again, from the raw evidence in it.",
    discussion: """
      Exit status 0: every verdict, count and item is the same. 1: something differs, and is named.

      Example:
        vouch reperform northlight-ledger-soc2-2026-Q3
      """)
  @Flag(
    name: .customLong("current-rules"),
    help:
      "Judge by this program's rules as well, and tell apart what differs only because a rule changed."
  )
  var currentRules = false
  @Option(name: .long, help: "text or json.")
  var format = Format.text
  @Flag(name: .long, help: "No progress.")
  var quiet = false
  @Argument(help: "The package: a folder or a zip.")
  var package: String

  func run() throws {
    let bar = ProgressLine(isOn: !quiet)
    let result = try Workspace.reperform(package, currentRules: currentRules, progress: bar.show)
    bar.clear()
    switch format {
    case .text: Terminal.out(ReperformReport.text(result))
    case .json: Terminal.write(ReperformReport.json(result))
    }
    if !result.isSame { throw Answer.notAllWell }
  }
}

struct CompareCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, html }

  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract:
      "Compare two packages: new, fixed, regressed, still failing, changed by the rule only.",
    discussion: """
      Exit status 1 when something is new or regressed.

      Example:
        vouch compare northlight-ledger-soc2-2026-Q2 northlight-ledger-soc2-2026-Q3
      """)
  @Option(name: .long, help: "text, json or html.")
  var format = Format.text
  @Flag(name: .long, help: "No progress.")
  var quiet = false
  @Argument(help: "The older package.")
  var older: String
  @Argument(help: "The newer package.")
  var newer: String

  func run() throws {
    let bar = ProgressLine(isOn: !quiet)
    let result = try Workspace.compare(older: older, newer: newer, progress: bar.show)
    bar.clear()
    let report = CompareReport(
      changes: result.changes, older: result.olderPeriod, newer: result.newerPeriod)
    switch format {
    case .text: Terminal.out(report.text)
    case .json: Terminal.write(report.json)
    case .html: Terminal.write(report.html)
    }
    if result.changes.contains(where: { $0.kind == .new || $0.kind == .regressed }) {
      throw Answer.notAllWell
    }
  }
}

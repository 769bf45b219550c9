import ArgumentParser
import Foundation
import Vouch
import VouchModel

struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Collect from the sources and preserve what they give.",
    discussion: """
      Raw bytes are kept verbatim under their SHA-256 and entered in the custody ledger before
      anything reads them. A source that fails costs only itself; the package will name it.

      Examples:
        vouch collect                 all sources
        vouch collect nessus jira     two of them
      """)

  @OptionGroup var options: WorkspaceOptions
  @Flag(name: .long, help: "No progress and no summary; errors only.")
  var quiet = false
  @Argument(help: ArgumentHelp("Sources to collect; all when none is named.", valueName: "source"))
  var sources: [String] = []

  func run() throws {
    let workspace = try Workspace(path: options.workspace, forCollecting: true)
    let bar = ProgressLine(isOn: !quiet)
    let outcomes = try workspace.collect(
      sources, now: Clock.now, operator: Clock.operatorName, host: Clock.hostName
    ) { bar.show($0) }
    bar.clear()
    for diagnostic in outcomes.flatMap(\.diagnostics)
    where !quiet || diagnostic.severity == .error {
      Terminal.error(diagnostic.rendered)
    }
    if !quiet, outcomes.isEmpty {
      Terminal.error(
        "no sources are configured; 'vouch sources' lists recipes to copy into vouch.yaml")
    } else if !quiet {
      // What is missing follows from the controls. One that is broken is for 'vouch check' to say.
      let missing = try? Workspace(path: options.workspace).missingTypes()
      Terminal.error(CollectReport.text(outcomes, missing: missing ?? []))
      for problem in (try? workspace.identityProblems()) ?? [] {
        Terminal.error(problem.rendered)
      }
    }
    let isFailed = outcomes.contains { outcome in
      !outcome.failures.isEmpty || outcome.diagnostics.contains { $0.severity == .error }
    }
    if isFailed { throw Answer.notAllWell }
  }
}

/// The clock, and who and where we are: read only to stamp what was collected.
enum Clock {
  /// `VOUCH_NOW` stands in for the clock, so that a run can be repeated byte for byte.
  @Sendable static func now() -> Instant {
    if let text = ProcessInfo.processInfo.environment["VOUCH_NOW"],
      let instant = WrittenTime(iso: text)?.instant
    {
      return instant
    }
    return Instant(seconds: Int64(Date().timeIntervalSince1970))
  }

  static var operatorName: String {
    ProcessInfo.processInfo.environment["VOUCH_OPERATOR"] ?? NSUserName()
  }

  static var hostName: String {
    ProcessInfo.processInfo.environment["VOUCH_HOST"] ?? ProcessInfo.processInfo.hostName
  }
}

/// One line of progress at a terminal; nothing in a pipe.
final class ProgressLine {
  private let isOn: Bool
  private var meter = ProgressMeter()
  private var isShown = false
  private let began = Date()
  private var last = Date.distantPast

  init(isOn: Bool) { self.isOn = isOn && isatty(2) != 0 }

  func show(_ progress: WorkProgress) {
    guard isOn else { return }
    let now = Date()
    let line = meter.line(progress, at: now.timeIntervalSince(began))
    guard now.timeIntervalSince(last) > 0.1 else { return }
    last = now
    // A line that breaks could not be taken back.
    write("\r\u{1B}[K\(Terminal.safe(line).prefix(max(20, Terminal.width - 1)))")
    isShown = true
  }

  func clear() {
    if isShown { write("\r\u{1B}[K") }
    isShown = false
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

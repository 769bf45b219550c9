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
    let workspace = try Workspace(path: options.workspace)
    let bar = ProgressLine(isOn: !quiet)
    let started = Clock.now()
    let outcomes = try workspace.collect(
      sources, now: Clock.now, operator: Clock.operatorName, host: Clock.hostName
    ) { bar.show($0) }
    bar.clear()
    var isFailed = false
    for outcome in outcomes {
      for diagnostic in outcome.diagnostics where !quiet || diagnostic.severity == .error {
        Terminal.error(diagnostic.rendered)
      }
      isFailed =
        isFailed || !outcome.failures.isEmpty
        || outcome.diagnostics.contains { $0.severity == .error }
      if !quiet { Terminal.error(summary(outcome)) }
    }
    if !quiet, outcomes.isEmpty {
      Terminal.error(
        "no sources are configured; 'vouch sources' lists recipes to copy into vouch.yaml")
    }
    _ = started
    if isFailed { throw Answer.notAllWell }
  }

  private func summary(_ o: SourceOutcome) -> String {
    var parts: [String] = []
    if o.preserved > 0 { parts.append("\(o.preserved) preserved (\(bytes(o.bytes)))") }
    if o.unchanged > 0 { parts.append("\(o.unchanged) unchanged") }
    if o.records > 0 { parts.append("\(o.records) records read") }
    if !o.failures.isEmpty { parts.append("\(o.failures.count) failed") }
    return "\(o.source): \(parts.isEmpty ? "nothing new" : parts.joined(separator: ", "))"
  }

  private func bytes(_ n: Int) -> String {
    n >= 1 << 30
      ? "\((Double(n) / Double(1 << 30) * 10).rounded() / 10) GiB"
      : n >= 1 << 20 ? "\((Double(n) / Double(1 << 20) * 10).rounded() / 10) MiB" : "\(n) bytes"
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
  private var bytes = 0
  private var label = ""
  private var isShown = false
  private let began = Date()
  private var last = Date.distantPast

  init(isOn: Bool) { self.isOn = isOn && isatty(2) != 0 }

  func show(_ progress: WorkProgress) {
    guard isOn else { return }
    switch progress {
    case .source(let name, let index, let count):
      label = "collecting \(name) (\(index + 1)/\(count))"
    case .bytes(let n): bytes += n
    case .reading(let name): label = "reading \(name)"
    case .stage(let name): label = name
    }
    let now = Date()
    guard now.timeIntervalSince(last) > 0.1 else { return }
    last = now
    let seconds = max(0.001, now.timeIntervalSince(began))
    let rate = bytes > 0 ? "  \(bytes >> 20) MiB, \(Int(Double(bytes) / seconds) >> 20) MiB/s" : ""
    write("\r\u{1B}[K\(Terminal.safe(label))\(rate)")
    isShown = true
  }

  func clear() {
    if isShown { write("\r\u{1B}[K") }
    isShown = false
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

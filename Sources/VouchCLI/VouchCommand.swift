import ArgumentParser
import Foundation
import Vouch
import VouchModel

@main
struct VouchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vouch",
    abstract: "Audit evidence for SOC 2 that a CPA can verify without us.",
    version: VouchVersion.number,
    subcommands: [
      InitCommand.self, CollectCommand.self, CheckCommand.self, BundleCommand.self,
      VerifyCommand.self, PublishCommand.self,
      ExplainCommand.self,
      SampleCommand.self, ReperformCommand.self,
      CompareCommand.self,
      QueryCommand.self, ControlsCommand.self, CriteriaCommand.self, SourcesCommand.self,
      ConfigCommand.self, DemoCommand.self, ManualCommand.self,
    ])

  /// Runs the command with the exit statuses of the contract: 64 for usage, 65 bad input, 66 no
  /// input, 74 reading or writing failed, 75 another vouch at work.
  static func main() {
    if CommandLine.arguments.dropFirst() == ["--version"] {
      Terminal.out(VouchVersion.text)
      return
    }
    if let word = CommandLine.arguments.dropFirst().first, let meant = likelyCommand(word) {
      Terminal.error(
        "Error: there is no command '\(word)'; did you mean '\(meant)'?\n  See 'vouch --help' for all of them."
      )
      Foundation.exit(64)
    }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let status as Answer {
      Foundation.exit(status.rawValue)
    } catch let refusal as Refusal {
      for diagnostic in refusal.diagnostics { Terminal.error(diagnostic.rendered) }
      Foundation.exit(refusal.status.rawValue)
    } catch {
      guard let refusal = Refusal(failure: error) else { exit(withError: error) }
      for diagnostic in refusal.diagnostics { Terminal.error(diagnostic.rendered) }
      Foundation.exit(refusal.status.rawValue)
    }
  }
}

extension VouchCommand {
  /// The command that a misspelt one is near to; nil when it is a command, or near to none.
  private static func likelyCommand(_ word: String) -> String? {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    return word.hasPrefix("-") || names.contains(word) ? nil : nearest(to: word, among: names)
  }
}

/// An answer that is not "all well": exit status 1.
enum Answer: Int32, Error {
  case notAllWell = 1
}

/// What goes to the person at the terminal.
enum Terminal {
  /// A line on standard error, control characters made visible.
  static func error(_ text: String) {
    FileHandle.standardError.write(Data((safe(text) + "\n").utf8))
  }

  /// A line on standard output, control characters made visible.
  static func out(_ text: String) {
    FileHandle.standardOutput.write(Data((safe(text) + "\n").utf8))
  }

  /// Text for another program on standard output, as it is; at a terminal, control characters are
  /// made visible.
  static func write(_ text: String) {
    let shown = isatty(1) != 0 ? text.withoutControls : text
    FileHandle.standardOutput.write(Data(shown.utf8))
  }

  /// As ``safe(_:)``, but lets our own colour sequences through.
  static func styled(_ text: String) -> String {
    text.split(separator: "\u{1B}[", omittingEmptySubsequences: false).enumerated()
      .map { index, part in
        guard index > 0 else { return safe(String(part)) }
        if let end = part.firstIndex(of: "m"), part[..<end].allSatisfy(\.isNumber) {
          return "\u{1B}[\(part[...end])\(safe(String(part[part.index(after: end)...])))"
        }
        return "\u{FFFD}[\(safe(String(part)))"
      }.joined()
  }

  /// Columns of the terminal; 100 when there is none.
  static var width: Int {
    var size = winsize()
    if ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 100
  }

  /// Colours only at a terminal, and only if nobody forbids them (no-color.org).
  static var hasColor: Bool {
    isatty(1) != 0 && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty
      && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Text without anything that could steer a terminal: control characters become U+FFFD.
  /// Line feeds and tabs stay: they are ours, since texts of others are put in one line before.
  static func safe(_ text: String) -> String {
    let text = text.withoutControls
    guard text.utf8.contains(0x0D) else { return text }
    return String(
      String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\r" ? "\u{FFFD}" : $0 }))
  }
}

/// Options that every command has.
struct WorkspaceOptions: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("The workspace's folder.", valueName: "dir"))
  var workspace = "."
}

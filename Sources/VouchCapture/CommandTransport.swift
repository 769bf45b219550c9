import Foundation
import VouchModel

/// Runs a `command:` source: an argument vector without a shell, nothing on its standard input, a
/// few variables in its environment, and a time after which it is ended.
enum CommandTransport {
  /// More output than this is a mistake in the source, not evidence.
  static let outputLimit = 1 << 30

  static func capture(
    _ source: Source, _ command: Source.Command, _ context: CaptureContext,
    _ deliver: (Captured) throws -> Void
  ) throws {
    let line = CommandSecrets.redacted(command.arguments.joined(separator: " "))
    let name = command.name.isEmpty ? "\(source.name).txt" : command.name
    var provenance = context.provenance(
      source, "command", endpoint: command.arguments.first ?? "", name: name, query: line)
    if !command.version.isEmpty,
      case .finished(let output, _, _) = run(command.version, command, timeout: 20)
    {
      provenance.parameters["tool_version"] = firstLine(output)
    }
    switch run(command.arguments, command, timeout: command.timeoutSeconds) {
    case .failed(let text):
      try deliver(.failure(text, provenance))
    case .finished(let output, let status, let errors):
      provenance.parameters["exit_status"] = String(status)
      guard command.accepts.contains(status) else {
        let said = CommandSecrets.redacted(
          firstLine(errors), values: command.environment.compactMap(environmentValue))
        let words = said.isEmpty ? "" : ": \(said)"
        // What it printed is kept: it may say what is wrong. It is not read as evidence.
        provenance.partial = "the command ended with status \(status)"
        if !output.isEmpty { try deliver(.bytes(output, provenance)) }
        try deliver(.failure("'\(line)' ended with status \(status)\(words)", provenance))
        return
      }
      try deliver(.bytes(output, provenance))
    }
  }

  /// The value of a variable that may be a secret: those of every shell are none.
  private static func environmentValue(_ name: String) -> String? {
    ["PATH", "HOME", "LANG", "USER", "LOGNAME", "TZ", "TERM", "SHELL", "PWD"].contains(name)
      || name.hasPrefix("LC_") ? nil : ProcessInfo.processInfo.environment[name]
  }

  private enum Outcome {
    case finished(output: [UInt8], status: Int, errors: [UInt8])
    case failed(String)
  }

  private static func run(
    _ arguments: [String], _ command: Source.Command, timeout: Int
  ) -> Outcome {
    guard let program = arguments.first, let path = find(program) else {
      return .failed("the program '\(arguments.first ?? "")' is not installed")
    }
    let known = ProcessInfo.processInfo.environment
    let variables = command.environment.compactMap { name in known[name].map { "\(name)=\($0)" } }
    guard let child = ChildProcess(path, arguments, environment: variables) else {
      return .failed("'\(program)' cannot be started")
    }
    switch child.finish(within: timeout, outputLimit: outputLimit) {
    case .timedOut:
      return .failed("'\(program)' was ended after \(timeout) seconds without a result")
    case .tooLong: return .failed("'\(program)' printed more than \(outputLimit) bytes")
    case .signal(let number): return .failed("'\(program)' was ended by signal \(number)")
    case .exit(let status):
      return .finished(output: child.output, status: Int(status), errors: child.errors)
    }
  }

  /// A program by its path, or by its name in PATH.
  static func find(_ program: String) -> String? {
    if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
    return folders.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
  }

  private static func firstLine(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(2000), as: UTF8.self)
    return String(text.split(whereSeparator: \.isNewline).first?.prefix(200) ?? "")
  }
}

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
    let line = command.arguments.joined(separator: " ")
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
        let words = firstLine(errors).isEmpty ? "" : ": \(firstLine(errors))"
        // What it printed is kept: it may say what is wrong. It is not read as evidence.
        provenance.partial = "the command ended with status \(status)"
        if !output.isEmpty { try deliver(.bytes(output, provenance)) }
        try deliver(.failure("'\(line)' ended with status \(status)\(words)", provenance))
        return
      }
      try deliver(.bytes(output, provenance))
    }
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
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = Array(arguments.dropFirst())
    let known = ProcessInfo.processInfo.environment
    process.environment = Dictionary(
      uniqueKeysWithValues: command.environment.compactMap { name in known[name].map { (name, $0) }
      })
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    do {
      try process.run()
    } catch {
      return .failed("'\(program)' cannot be started")
    }
    let timer = Watch(process, seconds: timeout)
    let collected = Drain(errors.fileHandleForReading)
    let bytes = Array(output.fileHandleForReading.readDataToEndOfFile().prefix(outputLimit))
    process.waitUntilExit()
    if timer.stop() {
      return .failed("'\(program)' was ended after \(timeout) seconds without a result")
    }
    if process.terminationReason == .uncaughtSignal {
      return .failed("'\(program)' was ended by signal \(process.terminationStatus)")
    }
    return .finished(
      output: bytes, status: Int(process.terminationStatus), errors: collected.bytes())
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

/// Ends a process that takes too long.
private final class Watch: @unchecked Sendable {
  // `isFired` is guarded by `lock`.
  private let lock = NSLock()
  private var isFired = false
  private let timer: DispatchSourceTimer

  init(_ process: Process, seconds: Int) {
    timer = DispatchSource.makeTimerSource()
    timer.schedule(deadline: .now() + .seconds(seconds))
    timer.setEventHandler { [weak self] in
      guard let self else { return }
      self.lock.lock()
      self.isFired = true
      self.lock.unlock()
      process.terminate()
      kill(process.processIdentifier, SIGKILL)
    }
    timer.resume()
  }

  /// Whether it had to end the process.
  func stop() -> Bool {
    timer.cancel()
    lock.lock()
    defer { lock.unlock() }
    return isFired
  }
}

/// Reads a pipe on a thread of its own, so that a talkative program does not block.
private final class Drain: @unchecked Sendable {
  // Written by the thread before `done` is signalled, read after it was waited for.
  private var data = Data()
  private let done = DispatchSemaphore(value: 0)

  init(_ handle: FileHandle) {
    Thread.detachNewThread {
      self.data = handle.readDataToEndOfFile()
      self.done.signal()
    }
  }

  func bytes() -> [UInt8] {
    done.wait()
    return Array(data.prefix(1 << 20))
  }
}

import Foundation

/// A program of the machine that does what we would not want to do ourselves.
enum SystemTool {
  struct Answer: Sendable {
    let isSuccess: Bool
    let status: Int32
    let output: String
    let errors: String
  }

  /// Runs a program found in `PATH`, without a shell; nil when it is not installed.
  ///
  /// - Parameters:
  ///   - input: path of a file that the program reads as its standard input.
  ///   - isTalkative: its complaints are more than a pipe holds; only their end is kept.
  ///   - timeout: seconds after which it is ended; the answer is no success then.
  static func run(
    _ name: String, _ arguments: [String], input: String? = nil, timeout: Double? = nil,
    isTalkative: Bool = false
  ) -> Answer? {
    guard let program = find(name) else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["LC_ALL": "C", "TZ": "UTC"], uniquingKeysWith: { _, ours in ours })
    process.standardInput =
      input.flatMap { FileHandle(forReadingAtPath: $0) } ?? FileHandle.nullDevice
    let output = Pipe()
    // The programs that are run here say a few lines, which a pipe holds.
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    var log: ScratchFolder?
    if isTalkative, let folder = try? ScratchFolder() {
      let path = folder.path + "/errors"
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      process.standardError = FileHandle(forWritingAtPath: path) ?? FileHandle.nullDevice
      log = folder
    }
    guard (try? process.run()) != nil else { return nil }
    var watch: DispatchWorkItem?
    if let timeout {
      let stop = DispatchWorkItem { if process.isRunning { process.terminate() } }
      DispatchQueue.global().asyncAfter(deadline: .now() + timeout, execute: stop)
      watch = stop
    }
    let said = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = log == nil ? errors.fileHandleForReading.readDataToEndOfFile() : Data()
    process.waitUntilExit()
    watch?.cancel()
    let logged = log.flatMap { FileManager.default.contents(atPath: $0.path + "/errors") }
    return Answer(
      isSuccess: process.terminationReason == .exit && process.terminationStatus == 0,
      status: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
      errors: String(decoding: logged?.suffix(4096) ?? complaint, as: UTF8.self))
  }

  /// The program's path; nil when `PATH` has none of that name.
  static func find(_ name: String) -> String? {
    if name.hasPrefix("/") {
      return FileManager.default.isExecutableFile(atPath: name) ? name : nil
    }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}

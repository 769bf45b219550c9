import Foundation

/// A program of the system that decides what we would not want to decide ourselves.
enum Tool {
  struct Answer: Sendable {
    let isSuccess: Bool
    let output: String
    let errors: String
  }

  /// Runs a program found in `PATH`, without a shell; nil when it is not installed.
  ///
  /// - Parameter input: path of a file that the program reads as its standard input.
  static func run(_ name: String, _ arguments: [String], input: String? = nil) -> Answer? {
    guard let program = find(name) else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["LC_ALL": "C", "TZ": "UTC"], uniquingKeysWith: { _, ours in ours })
    process.standardInput =
      input.flatMap { FileHandle(forReadingAtPath: $0) } ?? FileHandle.nullDevice
    let output = Pipe()
    // Both of them say a few lines, which a pipe holds while the other one is read.
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    guard (try? process.run()) != nil else { return nil }
    let said = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Answer(
      isSuccess: process.terminationReason == .exit && process.terminationStatus == 0,
      output: String(decoding: said, as: UTF8.self),
      errors: String(decoding: complaint, as: UTF8.self))
  }

  private static func find(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}

import Foundation

/// The real programs that a reader of a package would use.
enum Shell {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs a program found in `PATH`; gives its standard output. Throws when it fails.
  @discardableResult
  static func run(_ command: [String], in folder: String? = nil) throws -> String {
    let (status, output, errors) = try answer(command, in: folder)
    if status != 0 {
      throw Failure(description: "\(command.joined(separator: " ")): \(errors)\(output)")
    }
    return output
  }

  /// Exit status, standard output and standard error.
  static func answer(_ command: [String], in folder: String? = nil) throws -> (
    Int32, String, String
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { $1 }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: text, as: UTF8.self),
      String(decoding: complaint, as: UTF8.self)
    )
  }

  /// Whether a program is installed.
  static func has(_ program: String) -> Bool {
    (try? run(["sh", "-c", "command -v \(program)"])) != nil
  }
}

/// A folder that is gone with its owner.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "vouch-verify-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

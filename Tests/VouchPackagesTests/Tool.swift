import Foundation

/// A program of the machine that tests hold our output against.
enum Tool {
  /// Exit status and output of a program; nil when it is not installed.
  static func run(
    _ name: String, _ arguments: [String], in folder: URL? = nil, input: URL? = nil
  ) throws -> (status: Int32, output: String)? {
    guard let path = find(name) else {
      print("skipped: \(name) is not installed")
      return nil
    }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    if let input { process.standardInput = try FileHandle(forReadingFrom: input) }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  /// Runs a Python script when the module is installed.
  static func python(module: String, _ script: String, in folder: URL) throws -> (
    status: Int32, output: String
  )? {
    guard let probe = try run("python3", ["-c", "import \(module)"]), probe.status == 0 else {
      print("skipped: the Python module \(module) is not installed")
      return nil
    }
    return try run("python3", ["-c", script], in: folder)
  }

  private static func find(_ name: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}

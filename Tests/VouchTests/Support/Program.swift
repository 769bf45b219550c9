import Foundation

/// Runs programs as a person would, for tests of what they print.
enum Program {
  struct Result {
    let status: Int32
    let out: String
    let err: String
  }

  /// The root of the package.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The `vouch` that was built beside the tests.
  static let vouch: String? = {
    let folder = Bundle.main.executableURL?.deletingLastPathComponent()
    let beside = folder?.appending(path: "vouch").path
    let built = root.appending(path: ".build/debug/vouch").path
    return [beside, built].compactMap { $0 }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }()

  /// Where a program of the machine is; nil when it is not installed.
  static func find(_ name: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return (folders.map(String.init) + ["/usr/sbin", "/sbin"]).map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  static func run(
    _ program: String, _ arguments: [String], in folder: URL? = nil,
    environment: [String: String] = [:]
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = folder }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files, not pipes: what is long must not fill one pipe while the other is read.
    let scratch = FileManager.default.temporaryDirectory.appending(
      path: "vouch-out-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let files = [scratch.appending(path: "out"), scratch.appending(path: "err")]
    for file in files { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return Result(status: process.terminationStatus, out: texts[0], err: texts[1])
  }

  /// Runs a test's body in a folder that is gone afterwards.
  static func inFolder<T>(_ body: (URL) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "vouch-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}

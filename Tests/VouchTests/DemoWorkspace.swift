import Foundation
import Testing
import Vouch

/// The built `vouch`, run as people run it.
enum MachineTool {
  struct Answer {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Nil when the program was not built beside the tests.
  static let path: String? = {
    let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return [beside.appending(path: "vouch"), root.appending(path: ".build/debug/vouch")]
      .map(\.path).first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Runs a program with exactly this environment and umask.
  static func run(
    _ arguments: [String], environment: [String: String]? = nil, umask: String = "022",
    in folder: String? = nil
  ) throws -> Answer {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "umask \(umask) && exec \"$@\"", "sh"] + arguments
    process.environment = environment ?? ProcessInfo.processInfo.environment
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Answer(
      status: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
      errors: String(decoding: complaint, as: UTF8.self))
  }

  /// As ``run(_:environment:umask:in:)``; anything but status 0 fails the test.
  @discardableResult
  static func succeed(_ arguments: [String], in folder: String? = nil) throws -> String {
    let answer = try run(arguments, in: folder)
    try #require(answer.status == 0, "\(arguments.joined(separator: " ")): \(answer.errors)")
    return answer.output
  }

  static func has(_ name: String) -> Bool {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    let isThere = folders.contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
    }
    if !isThere { print("skipped: \(name) is not installed") }
    return isThere
  }
}

/// A workspace of the made-up company that a test may change; gone with its owner.
final class DemoWorkspace: Sendable {
  let path: String

  /// Made once; tests get copies.
  private static let original = Result {
    let folder = try DemoWorkspace(empty: ())
    _ = try Workspace.demo(folder.path, hosts: 6)
    try folder.keepFewControls()
    return folder
  }

  private init(empty: Void) throws {
    path = NSTemporaryDirectory() + "vouch-demo-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  init() throws {
    path = NSTemporaryDirectory() + "vouch-demo-" + UUID().uuidString
    try FileManager.default.copyItem(atPath: Self.original.get().path, toPath: path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Leaves a few controls of every kind adopted, so that tests are quick.
  private func keepFewControls() throws {
    let file = path + "/vouch.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let from = try #require(text.range(of: "\ncontrols:\n"))
    let to = try #require(text.range(of: "\nparameters:\n"))
    let kept = ["AST-01", "AVL-01", "CHG-01", "GOV-01", "HST-01", "IAM-01", "INC-01", "NET-01"]
    let controls = kept.map { "  \($0): {owner: p-002}\n" }.joined()
    try (text[..<from.upperBound] + controls + text[to.lowerBound...])
      .write(toFile: file, atomically: true, encoding: .utf8)
  }

  /// Changes `vouch.yaml`; the text has to be in it.
  func configure(_ old: String, _ new: String) throws {
    let file = path + "/vouch.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacing(old, with: new).write(toFile: file, atomically: true, encoding: .utf8)
  }

  func bundle(_ options: Workspace.BundleOptions = .init()) throws -> Workspace.Bundled {
    let workspace = try Workspace(path: path)
    return try workspace.bundle(period: workspace.configuration.period, asOf: nil, options: options)
  }
}

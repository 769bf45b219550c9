import Foundation
import Testing
import VouchControls
import VouchModel

/// Stock `sqlite3` and the program come to the same verdict on every example of every control.
struct ReperformTests {
  static let library = ControlLibrary(templates: Repository.templates)

  @Test(arguments: library.files.map(\.control.id))
  func sqlite3ComesToTheSameVerdict(control id: String) throws {
    let file = try #require(Self.library.control(id))
    for (index, example) in file.examples.enumerated() {
      let path =
        NSTemporaryDirectory() + "vouch-reperform-\(id)-\(index)-\(UUID().uuidString).sqlite"
      defer { try? FileManager.default.removeItem(atPath: path) }
      let (script, expected) = try ExampleRunner.reperformance(
        of: example, file.control, defaults: Self.library.defaults, database: path)
      let printed = try Repository.run("sqlite3", [path], input: script)
      #expect(printed == expected, "example '\(example.name)' at \(example.place)")
    }
  }
}

/// What the tests need of the repository and the machine.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Name and text of everything in `templates/`.
  static let templates: [(name: String, text: String)] = {
    let folder = root.appending(path: "templates").path
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted().compactMap { name in
      (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)).map { (name, $0) }
    }
  }()

  /// Runs a program and gives what it prints; standard error is part of it, so that a complaint
  /// makes a test fail.
  static func run(_ program: String, _ arguments: [String], input: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let script = NSTemporaryDirectory() + "vouch-input-\(UUID().uuidString)"
    try input.write(toFile: script, atomically: false, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: script) }
    process.standardInput = FileHandle(forReadingAtPath: script)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}

import Foundation
import Testing

/// The `vouch` of this build, run as a user runs it, and the fault injection it is run under.
enum Program {
  /// Exit status (negative: the signal that ended it) and what it wrote.
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// The program: `VOUCH_PROGRAM`, or what was built beside the tests.
  static let path: String? = {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["VOUCH_PROGRAM"] { return path }
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
    return [(tests as NSString).deletingLastPathComponent + "/vouch", root + "/.build/debug/vouch"]
      .first { access($0, X_OK) == 0 }
  }()

  /// The shared object of `Tests/crash/fault.c`; nil, with a word, where there is no C compiler.
  static let faults: String? = {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("crash/fault.c").path
    let target = NSTemporaryDirectory() + "vouch-fault-\(getpid()).so"
    let made = try? run(
      "/usr/bin/env", ["cc", "-shared", "-fPIC", "-O2", "-o", target, source, "-ldl"])
    if made?.status == 0 { return target }
    print("skipped: no C compiler for Tests/crash/fault.c")
    return nil
  }()

  /// Clock, person and machine of every run.
  static let fixed = [
    "VOUCH_NOW": "2026-10-02T06:00:00Z", "VOUCH_OPERATOR": "p-001", "VOUCH_HOST": "collector",
    "NO_COLOR": "1",
  ]

  /// Runs the program in a workspace, at a fixed hour, as a fixed person, unless told otherwise.
  static func vouch(
    _ arguments: [String], in folder: String, environment: [String: String] = [:],
    killAfter seconds: Double? = nil
  ) throws -> Result {
    let program = try #require(path, "the program is not built: swift build")
    return try run(
      program, arguments, in: folder,
      environment: fixed.merging(environment) { _, given in given }, killAfter: seconds)
  }

  static func run(
    _ program: String, _ arguments: [String], in folder: String? = nil,
    environment: [String: String] = [:], killAfter seconds: Double? = nil
  ) throws -> Result {
    let scratch = NSTemporaryDirectory() + "vouch-run-\(UUID().uuidString)"
    defer {
      unlink(scratch + ".out")
      unlink(scratch + ".err")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.environment = ProcessInfo.processInfo.environment
      .merging(environment) { _, given in given }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try file(scratch + ".out")
    process.standardError = try file(scratch + ".err")
    try process.run()
    if let seconds {
      usleep(UInt32(seconds * 1_000_000))
      kill(process.processIdentifier, SIGKILL)
    }
    process.waitUntilExit()
    let status = process.terminationStatus
    return Result(
      status: process.terminationReason == .uncaughtSignal ? -status : status,
      output: text(scratch + ".out"), errors: text(scratch + ".err"))
  }

  private static func file(_ path: String) throws -> FileHandle {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    return try #require(FileHandle(forWritingAtPath: path))
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}

/// What `Tests/crash/fault.c` does at its point.
enum Fault: String, CaseIterable {
  case kill, torn, eio = "EIO", full = "ENOSPC", readOnly = "EROFS"

  func environment(at point: Int, below root: String) throws -> [String: String] {
    [
      "LD_PRELOAD": try #require(Program.faults), "FAULT_ROOT": root, "FAULT_AT": "\(point)",
      "FAULT_HOW": rawValue,
    ]
  }

  /// How many calls that change a file below `root` an undisturbed run makes.
  static func count(_ arguments: [String], in root: String) throws -> Int {
    let counter = NSTemporaryDirectory() + "vouch-count-\(UUID().uuidString)"
    defer { unlink(counter) }
    try Data(count: 8).write(to: URL(fileURLWithPath: counter))
    _ = try Program.vouch(
      arguments, in: root,
      environment: [
        "LD_PRELOAD": try #require(Program.faults), "FAULT_ROOT": root, "FAULT_COUNTER": counter,
      ])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: counter))
    return bytes.withUnsafeBytes { Int($0.loadUnaligned(as: Int64.self)) }
  }
}

/// The same numbers on every run (Knuth, MMIX).
struct Dice {
  var state: UInt64
  init(_ name: String) {
    let seed = ProcessInfo.processInfo.environment["VOUCH_CRASH_SEED"] ?? "1"
    state = (seed + name).utf8.reduce(14_695_981_039_346_656_037) {
      ($0 ^ UInt64($1)) &* 1_099_511_628_211
    }
  }
  mutating func next(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }
}

/// How long a test may go on breaking things: `VOUCH_CRASH_SECONDS`, else a few seconds. A test of
/// several cases takes a share for each.
struct Budget {
  private let end: Date
  init(share: Double = 1) {
    let text = ProcessInfo.processInfo.environment["VOUCH_CRASH_SECONDS"] ?? ""
    end = Date().addingTimeInterval((Double(text) ?? 6) / share)
  }
  var isLeft: Bool { Date() < end }
  static let isGiven = ProcessInfo.processInfo.environment["VOUCH_CRASH_SECONDS"] != nil
}

import Foundation
import Testing
import VouchModel

/// Two `vouch` in one workspace at the same time: one waits its turn with status 75, or both come
/// to their end; whatever happened, the data are those of one after the other.
@Suite struct RaceTests {
  /// Two commands, and what is to be there before.
  struct Pair: CustomTestStringConvertible, Sendable {
    let first: [String]
    let second: [String]
    var before: [[String]] = []
    var testDescription: String { "\(first[0]) and \(second[0])" }
  }

  static let collect = ["collect", "--quiet"]
  static let check = ["check", "--format", "json"]
  static let bundle = ["bundle", "--quiet"]
  static let older = ["bundle", "--quiet", "--as-of", "2026-09-01"]
  static let publish = ["publish", "--quiet"]
  static let pairs = [
    Pair(first: collect, second: collect), Pair(first: collect, second: check),
    Pair(first: bundle, second: collect, before: [collect]),
    Pair(first: bundle, second: older, before: [collect]),
    Pair(first: bundle, second: publish, before: [collect, bundle]),
    Pair(first: publish, second: publish, before: [collect, bundle]),
  ]

  /// The first is held in the middle of its work while the second comes and goes.
  @Test(arguments: pairs) func theOneThatComesLaterIsToldSoAndChangesNothing(pair: Pair) throws {
    let (workspace, reference) = try prepared(pair)
    guard let first = try workspace.held(by: pair.first) else {
      print("skipped: \(pair.first) was over each time before it was seen at work")
      return
    }
    defer { first.end() }
    let second = try workspace.vouch(pair.second)
    #expect(second.status == 75)
    #expect(second.output == "")
    #expect(second.errors.contains("another vouch is working in this workspace [store.busy]"))
    #expect(workspace.faultsOfEvidence() == [])
    first.goOn()
    let result = first.wait()
    #expect([0, 1].contains(result.status), "\(result.errors)")
    #expect(try workspace.vouch(pair.second).status == reference.status)
    #expect(workspace.state == reference.state)
  }

  /// Both are started within the time that one takes; who is first is the machine's choice.
  ///
  /// All pairs when `VOUCH_CRASH_SECONDS` gives them time.
  @Test(arguments: Budget.isGiven ? pairs : [pairs[0], pairs[3]])
  func twoAtOnceLeaveTheDataOfOneAfterTheOther(pair: Pair) throws {
    let (workspace, reference) = try prepared(pair)
    var dice = Dice(pair.testDescription)
    let budget = Budget(share: 3)
    var rounds = 0
    var turnedAway = 0
    while budget.isLeft {
      try workspace.restore()
      let delay = Double(dice.next(below: 1000)) / 1000 * reference.seconds
      let name = "round \(rounds), the second \(delay) s later"
      let first = try workspace.start(pair.first)
      usleep(UInt32(delay * 1_000_000))
      let second = try workspace.start(pair.second)
      for result in [first.wait(), second.wait()] {
        #expect([0, 1, 75].contains(result.status), "\(name): \(result.status) \(result.errors)")
        #expect((result.status == 75) == result.errors.contains("[store.busy]"), "\(name)")
        turnedAway += result.status == 75 ? 1 : 0
      }
      #expect(workspace.faultsOfEvidence() == [], "\(name)")
      // One after the other, the second as the last word.
      for command in [pair.first, pair.second] {
        let next = try workspace.vouch(command)
        #expect([0, 1].contains(next.status), "after \(name): \(next.errors)")
      }
      #expect(workspace.state == reference.state, "after \(name)")
      rounds += 1
    }
    print("\(pair.testDescription): raced \(rounds) times, \(turnedAway) were told to wait")
  }

  /// A workspace kept as it is before the two, and what is there after one and then the other.
  private func prepared(_ pair: Pair) throws -> (
    CrashWorkspace, (status: Int32, state: [String: Digest], seconds: Double)
  ) {
    let workspace = try CrashWorkspace()
    for command in pair.before { _ = try workspace.vouch(command) }
    try workspace.keep()
    let began = Date()
    #expect([0, 1].contains(try workspace.vouch(pair.first).status))
    let seconds = Date().timeIntervalSince(began)
    let status = try workspace.vouch(pair.second).status
    #expect([0, 1].contains(status))
    return (workspace, (status, workspace.state, seconds))
  }
}

extension CrashWorkspace {
  /// Ledger, objects and everything in `output/`, nothing left over.
  var state: [String: Digest] {
    files(below: "evidence").merging(files(below: "output")) { first, _ in first }
  }

  /// Starts the program and leaves it to itself.
  func start(_ arguments: [String]) throws -> RunningProgram {
    try RunningProgram(arguments, in: path)
  }

  /// Starts the program and stops it while it holds the workspace. On a busy machine it may be done
  /// before anybody looks, so this is tried a few times.
  func held(by arguments: [String]) throws -> RunningProgram? {
    for _ in 0..<10 {
      try restore()
      let running = try start(arguments)
      while running.isRunning {
        if isHeld {
          running.stop()
          // It may have let go in the meantime.
          if running.isRunning, isHeld { return running }
          running.goOn()
        }
        usleep(500)
      }
      _ = running.wait()
    }
    return nil
  }

  /// Whether some process holds the workspace.
  private var isHeld: Bool {
    var status = stat()
    guard stat(path + "/.vouch/lock", &status) == 0 else { return false }
    let locks = (try? String(contentsOfFile: "/proc/locks", encoding: .utf8)) ?? ""
    return locks.contains(":\(status.st_ino) 0 EOF")
  }
}

/// A `vouch` that runs beside the test.
final class RunningProgram {
  private let process = Process()
  private let scratch = NSTemporaryDirectory() + "vouch-race-\(UUID().uuidString)"

  init(_ arguments: [String], in folder: String) throws {
    process.executableURL = URL(
      fileURLWithPath: try #require(Program.path, "the program is not built: swift build"))
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(Program.fixed) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    _ = FileManager.default.createFile(atPath: scratch, contents: nil)
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch))
    try process.run()
  }

  deinit { unlink(scratch) }

  var isRunning: Bool { process.isRunning }
  func stop() { kill(process.processIdentifier, SIGSTOP) }
  func goOn() { kill(process.processIdentifier, SIGCONT) }

  /// Ends it if it still runs.
  func end() {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  func wait() -> (status: Int32, errors: String) {
    process.waitUntilExit()
    let isKilled = process.terminationReason == .uncaughtSignal
    let errors = String(
      decoding: FileManager.default.contents(atPath: scratch) ?? Data(), as: UTF8.self)
    return (isKilled ? -process.terminationStatus : process.terminationStatus, errors)
  }
}

import Foundation
import VouchModel

/// Feeds a reader with files that were changed at random from a seed, for a bounded time.
///
/// `VOUCH_FUZZ_SECONDS=3600 VOUCH_FUZZ_SEED=7 swift test --filter MutationTests` goes on longer,
/// with other changes. Files that once did harm are kept in `Tests/Fixtures/mutations/NAME/` and
/// are read first, every time. The tests run it in a process of its own, so that a trap is a case
/// that failed, by name, with its bytes kept (``CurrentCase``).
public struct Reader {
  public let name: String
  /// Files to change: a name and the bytes.
  public let corpus: [(name: String, bytes: Data)]
  /// Seconds when nobody asks for more.
  public var seconds = 3.0
  /// How long one file may take.
  public var limit = 20.0

  public init(_ name: String, corpus: [(name: String, bytes: Data)]) {
    self.name = name
    self.corpus = corpus
  }

  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/mutations")

  /// The files that once did harm.
  public var kept: [(name: String, bytes: Data)] { Self.files(Self.fixtures.appending(path: name)) }

  /// All files below a folder whose name has an ending.
  public static func files(_ folder: URL, ending: String = "") -> [(name: String, bytes: Data)] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().filter { $0.hasSuffix(ending) }.compactMap { name in
      let bytes = try? Data(contentsOf: folder.appending(path: name))
      return bytes.map { (name, $0) }
    }
  }

  /// Reads the kept files and changed ones.
  ///
  /// - Parameters:
  ///   - note: what is being read, for whoever sees this process end.
  ///   - read: reads one file on a thread with a stack of 8 MiB, as a command does; it returns what
  ///     is wrong, or nil.
  /// - Returns: what went wrong, each with what it takes to see it again.
  public func run(
    _ note: CurrentCase, _ read: @escaping @Sendable (String, Data) -> String?
  ) -> [String] {
    let environment = ProcessInfo.processInfo.environment
    let end = Date().addingTimeInterval(
      environment["VOUCH_FUZZ_SECONDS"].flatMap(Double.init) ?? seconds)
    var seed = environment["VOUCH_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
    var faults: [String] = []
    func attempt(_ place: String, _ file: String, _ bytes: Data) {
      note.keep(place, bytes)
      let began = Date()
      if let fault = onItsOwnThread({ read(file, bytes) }) { faults.append("\(place): \(fault)") }
      let took = Date().timeIntervalSince(began)
      if took > limit { faults.append("\(place) took \(took) s") }
    }
    for (file, bytes) in kept { attempt("kept \(file)", file, bytes) }
    var count = 0
    while Date() < end, faults.count < 10, !corpus.isEmpty {
      var mutation = Mutation(seed: seed)
      let (file, bytes) = corpus[Int(seed % UInt64(corpus.count))]
      attempt("\(file) seed \(seed)", file, Data(mutation.change([UInt8](bytes))))
      seed += 1
      count += 1
    }
    note.end("mutations of \(name): \(kept.count) kept and \(count) changed files read")
    return faults
  }
}

/// What is wrong with how spoilt input was taken: nil when it was read, or refused with a reason.
public func fault(_ read: () throws -> Void) -> String? {
  do {
    try read()
    return nil
  } catch let refusal as Refusal {
    return refusal.diagnostics.isEmpty ? "refused without a reason" : nil
  } catch {
    return "\(error)"
  }
}

/// Runs as the store does: on a thread with a stack of 8 MiB.
public func onItsOwnThread<Result: Sendable>(_ body: @escaping () -> Result) -> Result {
  let outcome = Outcome<Result>()
  nonisolated(unsafe) let body = body
  let thread = Thread { outcome.set(body()) }
  thread.stackSize = 8 << 20
  thread.start()
  return outcome.wait()
}

private final class Outcome<Value: Sendable>: @unchecked Sendable {
  // Guarded by `condition`.
  private let condition = NSCondition()
  private var value: Value?

  func set(_ value: Value) {
    condition.lock()
    self.value = value
    condition.signal()
    condition.unlock()
  }

  func wait() -> Value {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let value { return value }
      condition.wait()
    }
  }
}

/// What a process of its own is reading, in a file, for the case that it does not survive it.
///
/// The test makes one, hands its ``path`` to an exit test, and is told ``lastWords`` when that
/// fails; then the bytes stay where they are.
public final class CurrentCase: Sendable {
  public let path: String

  public init(_ path: String = NSTemporaryDirectory() + "vouch-mutation-\(UUID().uuidString)") {
    self.path = path
  }

  public func keep(_ name: String, _ bytes: Data) {
    _ = FileManager.default.createFile(atPath: path, contents: bytes)
    _ = FileManager.default.createFile(atPath: path + ".name", contents: Data(name.utf8))
  }

  /// All was read: what is to be told of it, by the process that is left.
  public func end(_ summary: String) {
    unlink(path)
    unlink(path + ".name")
    _ = FileManager.default.createFile(atPath: path + ".said", contents: Data(summary.utf8))
  }

  /// What was being read when the process ended.
  public var lastWords: String {
    guard let name = text(".name") else { return "it ended before or after all cases" }
    return "it did not survive \(name); the bytes are in \(path)"
  }

  /// Prints what the other process had to say.
  public func tell() {
    if let said = text(".said") { print(said) }
    unlink(path + ".said")
  }

  private func text(_ ending: String) -> String? {
    FileManager.default.contents(atPath: path + ending).map { String(decoding: $0, as: UTF8.self) }
  }
}

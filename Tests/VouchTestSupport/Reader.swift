import Foundation

/// Feeds a reader with files that were changed at random from a seed, for a bounded time.
///
/// `VOUCH_FUZZ_SECONDS=3600 VOUCH_FUZZ_SEED=7 swift test --filter MutationTests` goes on longer,
/// with other changes. Files that once did harm are kept in `Tests/Fixtures/mutations/NAME/` and
/// are read first, every time. A trap ends the whole run; the bytes that did it are then in the
/// file that was printed first.
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
  /// - Parameter read: reads one file on a thread with a stack of 8 MiB, as a command does; it
  ///   returns what is wrong, or nil.
  /// - Returns: what went wrong, each with what it takes to see it again.
  public func run(_ read: @escaping @Sendable (String, Data) -> String?) -> [String] {
    let environment = ProcessInfo.processInfo.environment
    let end = Date().addingTimeInterval(
      environment["VOUCH_FUZZ_SECONDS"].flatMap(Double.init) ?? seconds)
    var seed = environment["VOUCH_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
    let note = CurrentCase()
    print("mutations of \(name): the current case is kept in \(note.path)")
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
    note.remove()
    print("mutations of \(name): \(kept.count) kept and \(count) changed files read")
    return faults
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

/// What is being read, in a file, for the case that the process does not survive it.
public final class CurrentCase: Sendable {
  public let path = NSTemporaryDirectory() + "vouch-mutation-\(UUID().uuidString)"

  public init() {}

  public func keep(_ name: String, _ bytes: Data) {
    _ = FileManager.default.createFile(atPath: path, contents: bytes)
    _ = FileManager.default.createFile(atPath: path + ".name", contents: Data(name.utf8))
  }

  public func remove() {
    unlink(path)
    unlink(path + ".name")
  }
}

import Foundation
import Synchronization
import VouchModel

/// How far a verification is.
public struct VerifyProgress: Sendable, Hashable {
  /// Bytes that were read, and all bytes of the package.
  public let done: Int
  public let total: Int
}

/// What one pass over a file's bytes gave.
struct FileFacts: Sendable {
  /// Nil when the bytes could not be read to the end.
  var digest: Digest?
  /// Bytes read.
  var size = 0
  var fault: ReadFault?
  /// Of a page: what it refers to and shows.
  var page: Page?
  /// Of a population: its data rows.
  var table: TableShape?
}

/// The one pass over all bytes of a package: digests, and what pages and tables say.
///
/// The largest files go first, so that the workers end together.
struct Survey: Sendable {
  let package: any PackageContents
  let workers: Int
  let progress: @Sendable (VerifyProgress) -> Void

  /// Big enough that reading costs nothing beside hashing, small enough for the second-level
  /// cache.
  private static let chunk = 1 << 20

  /// Reads everything, and does something else at the same time.
  func run<Other: Sendable>(
    beside other: @escaping @Sendable () -> Other
  ) -> ([BagPath: FileFacts], Other) {
    let queue = Queue(package.files, progress: progress)
    let results = Mutex<[BagPath: FileFacts]>([:])
    let beside = Mutex<Other?>(nil)
    let workers = max(1, workers)
    DispatchQueue.concurrentPerform(iterations: workers) { number in
      // The last of the workers begins with the other task, and then helps.
      if number == workers - 1 {
        let value = other()
        beside.withLock { $0 = value }
      }
      let part = work(through: queue)
      results.withLock { facts in
        for (path, fact) in part { facts[path] = fact }
      }
    }
    return (results.withLock { $0 }, beside.withLock { $0 } ?? other())
  }

  private func work(through queue: Queue) -> [(BagPath, FileFacts)] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunk, alignment: 4096)
    defer { buffer.deallocate() }
    var results: [(BagPath, FileFacts)] = []
    while let path = queue.next() {
      results.append((path, examine(path, buffer: buffer, queue: queue)))
    }
    return results
  }

  private func examine(
    _ path: BagPath, buffer: UnsafeMutableRawBufferPointer, queue: Queue
  ) -> FileFacts {
    var facts = FileFacts()
    do {
      let stream = try package.open(path)
      var hash = SHA256()
      var reader = ContentReader(path, size: package.files[path] ?? 0)
      while true {
        let count = try stream.read(into: buffer)
        if count == 0 { break }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        hash.update(bytes)
        reader.take(bytes)
        facts.size += count
        queue.advance(by: count)
      }
      facts.digest = hash.finish()
      facts.fault = stream.fault
      reader.finish(into: &facts)
    } catch let fault as ReadFault {
      facts.fault = fault
    } catch {
      facts.fault = ReadFault(id: "unreadable", text: "cannot be read")
    }
    return facts
  }

  /// Files still to be examined, shared by the workers.
  private final class Queue: Sendable {
    private struct State {
      var paths: [BagPath]
      var done = 0
      var reported = 0
    }

    private let state: Mutex<State>
    private let total: Int
    private let progress: @Sendable (VerifyProgress) -> Void

    init(_ files: [BagPath: Int], progress: @escaping @Sendable (VerifyProgress) -> Void) {
      // Taken from the end, so the smallest come first.
      let order = files.sorted { ($0.value, $1.key) < ($1.value, $0.key) }
      state = Mutex(State(paths: order.map(\.key)))
      total = files.values.reduce(0) { $0.addingReportingOverflow($1).partialValue }
      self.progress = progress
    }

    func next() -> BagPath? { state.withLock { $0.paths.popLast() } }

    /// Counts bytes, and reports every 16 MiB and at the end.
    func advance(by count: Int) {
      let done: Int? = state.withLock {
        $0.done += count
        guard $0.done - $0.reported >= 1 << 24 || $0.done == total else { return nil }
        $0.reported = $0.done
        return $0.done
      }
      if let done { progress(VerifyProgress(done: done, total: total)) }
    }
  }
}

/// What a file's bytes are read for besides their digest.
private struct ContentReader: ~Copyable {
  private var page: [UInt8]?
  private var rows: RowCounter?
  private let path: BagPath

  init(_ path: BagPath, size: Int) {
    self.path = path
    if PackageLayout.isPage(path) {
      page = []
      page?.reserveCapacity(min(size, Page.sizeLimit + 1))
    }
    if path.isIn(PackageLayout.populations) && path.hasSuffix(".csv") { rows = RowCounter() }
  }

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    // One byte above the limit shows that a page is too long; more is not needed.
    if let have = page?.count, have <= Page.sizeLimit {
      page?.append(contentsOf: bytes.prefix(Page.sizeLimit + 1 - have))
    }
    rows?.take(bytes)
  }

  mutating func finish(into facts: inout FileFacts) {
    if let page { facts.page = Page(page) }
    facts.table = rows?.shape
    facts.table?.keyDigest = rows?.keyDigest()
  }
}

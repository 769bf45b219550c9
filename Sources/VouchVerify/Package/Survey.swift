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
  private static let chunk = 1 << 18

  /// Reads everything, and does some other things at the same time.
  func run(beside others: [@Sendable () -> Void]) -> [BagPath: FileFacts] {
    let queue = Queue(package.files, others: others, progress: progress)
    let results = Mutex<[BagPath: FileFacts]>([:])
    DispatchQueue.concurrentPerform(iterations: max(1, workers)) { _ in
      // The other things are long, so they are begun before the files.
      while let other = queue.nextOther() { other() }
      let part = work(through: queue)
      results.withLock { facts in
        for (path, fact) in part { facts[path] = fact }
      }
    }
    return results.withLock { $0 }
  }

  private func work(through queue: Queue) -> [(BagPath, FileFacts)] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunk, alignment: 4096)
    let page = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Page.sizeLimit + 1, alignment: 4096)
    defer {
      buffer.deallocate()
      page.deallocate()
    }
    let styles = KnownStyles()
    var results: [(BagPath, FileFacts)] = []
    while let path = queue.next() {
      var facts = FileFacts()
      do {
        if PackageLayout.isPage(path) {
          try examine(page: path, page, styles, queue, &facts)
        } else {
          try examine(path, buffer, queue, &facts)
        }
      } catch let fault as ReadFault {
        facts.fault = fault
      } catch {
        facts.fault = ReadFault(id: "unreadable", text: "cannot be read")
      }
      results.append((path, facts))
    }
    return results
  }

  private func examine(
    _ path: BagPath, _ buffer: UnsafeMutableRawBufferPointer, _ queue: Queue,
    _ facts: inout FileFacts
  ) throws {
    let stream = try package.open(path)
    var hash = SHA256()
    let isTable = path.isIn(PackageLayout.populations) && path.hasSuffix(".csv")
    var rows = RowCounter()
    while true {
      let count = try stream.read(into: buffer)
      if count == 0 { break }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      hash.update(bytes)
      if isTable { rows.take(bytes) }
      facts.size += count
      queue.advance(by: count)
    }
    facts.digest = hash.finish()
    facts.fault = stream.fault
    if isTable {
      facts.table = rows.shape
      facts.table?.keyDigest = rows.keyDigest()
    }
  }

  /// A page is looked at as a whole. Of one that is too long, one byte above the limit shows it.
  private func examine(
    page path: BagPath, _ buffer: UnsafeMutableRawBufferPointer, _ styles: KnownStyles,
    _ queue: Queue, _ facts: inout FileFacts
  ) throws {
    let stream = try package.open(path)
    var hash = SHA256()
    var filled = 0
    while true {
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = try stream.read(into: room.isEmpty ? buffer : room)
      if count == 0 { break }
      hash.update(UnsafeRawBufferPointer(rebasing: (room.isEmpty ? buffer : room)[..<count]))
      if !room.isEmpty { filled += count }
      facts.size += count
      queue.advance(by: count)
    }
    facts.digest = hash.finish()
    facts.fault = stream.fault
    facts.page = Page(
      UnsafeBufferPointer(
        start: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), count: filled),
      styles: styles)
  }

  /// Files still to be examined, shared by the workers.
  private final class Queue: Sendable {
    private struct State {
      var paths: [BagPath]
      var others: [@Sendable () -> Void]
      var done = 0
      var reported = 0
    }

    private let state: Mutex<State>
    private let total: Int
    private let progress: @Sendable (VerifyProgress) -> Void

    init(
      _ files: [BagPath: Int], others: [@Sendable () -> Void],
      progress: @escaping @Sendable (VerifyProgress) -> Void
    ) {
      // Taken from the end, so the smallest come first.
      let order = files.sorted { ($0.value, $1.key) < ($1.value, $0.key) }
      state = Mutex(State(paths: order.map(\.key), others: others.reversed()))
      total = files.values.reduce(0) { $0.addingReportingOverflow($1).partialValue }
      self.progress = progress
    }

    func next() -> BagPath? { state.withLock { $0.paths.popLast() } }

    func nextOther() -> (@Sendable () -> Void)? { state.withLock { $0.others.popLast() } }

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

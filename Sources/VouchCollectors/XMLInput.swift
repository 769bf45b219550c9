import Dispatch
import Foundation
import Synchronization
import VouchModel

/// The bytes of an XML file as the parser asks for them, in small portions, repaired on the way.
///
/// Of a large file the next blocks are read and repaired on another thread while the parser works
/// on the last one: that is a tenth of the time.
final class XMLInput {
  typealias Source = (UnsafeMutableRawBufferPointer) throws -> Int

  private let blocks: Blocks
  private var block: Block?
  /// Bytes of the block not handed out yet.
  private var ready = 0..<0

  init(_ source: @escaping Source, readsAhead: Bool) {
    blocks = readsAhead ? PrefetchedBlocks(source) : Blocks(source)
  }

  /// Fills the buffer with what there is; 0 at the end of the file and after an error.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while ready.isEmpty {
      guard let next = blocks.next() else { return 0 }
      block = next
      ready = next.ready
    }
    guard let block else { return 0 }
    let part = ready.prefix(buffer.count)
    if block.changed.isEmpty {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: block.raw[part]))
    } else {
      block.changed.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[part]))
      }
    }
    ready = part.endIndex..<ready.endIndex
    return part.count
  }

  /// Ends the reading. How many replacements were made; throws what went wrong when reading the
  /// file itself.
  func finish() throws -> Int {
    blocks.stop()
    if let error = blocks.error { throw error }
    return blocks.replaced
  }
}

/// A piece of the file: a range of `raw`, or `changed` when something had to be replaced.
private final class Block {
  let raw: UnsafeMutableRawBufferPointer
  var changed: [UInt8] = []
  var ready = 0..<0
  /// There is nothing in it and nothing after it.
  var isLast = false

  init(size: Int) { raw = .allocate(byteCount: size, alignment: 64) }
  deinit { raw.deallocate() }
}

/// Reads block after block when asked.
private class Blocks {
  private let source: XMLInput.Source
  private var repair = UTF8Repair()
  private let block = Block(size: 1 << 16)
  private var isFinished = false
  private(set) var error: (any Error)?

  var replaced: Int { repair.replaced }

  init(_ source: @escaping XMLInput.Source) { self.source = source }

  /// The next block, valid until the next call; nil at the end and after an error.
  func next() -> Block? { fill(block) ? block : nil }

  func stop() {}

  /// Fills a block from the file; false when there is nothing more.
  final func fill(_ block: Block) -> Bool {
    if isFinished { return false }
    do {
      let count = try source(block.raw)
      isFinished = count == 0
      let piece = UnsafeRawBufferPointer(rebasing: block.raw[..<count])
      switch isFinished ? .changed(repair.finish()) : repair.repair(piece) {
      case .same(let range):
        block.changed = []
        block.ready = range
      case .changed(let bytes):
        block.changed = bytes
        block.ready = 0..<bytes.count
      }
      return true
    } catch {
      self.error = error
      isFinished = true
      return false
    }
  }
}

/// Reads ahead on a thread of its own, in a ring of blocks.
///
/// `empty` and `full` hand the blocks over, so that only one thread has a block at a time. What
/// else the reading thread writes is looked at only after ``stop()`` has waited for its end.
private final class PrefetchedBlocks: Blocks, @unchecked Sendable {
  private let ring = (0..<4).map { _ in Block(size: 1 << 18) }
  private let empty = DispatchSemaphore(value: 0)
  private let full = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private let isStopping = Atomic(false)
  private var taken = 0
  private var hasStopped = false

  override init(_ source: @escaping XMLInput.Source) {
    super.init(source)
    for _ in ring { empty.signal() }
    Thread.detachNewThread { [self] in readAhead() }
  }

  private func readAhead() {
    var filled = 0
    var isLast = false
    while !isLast {
      empty.wait()
      let block = ring[filled % ring.count]
      isLast = isStopping.load(ordering: .acquiring) || !fill(block)
      block.isLast = isLast
      filled += 1
      full.signal()
    }
    ended.signal()
  }

  override func next() -> Block? {
    if hasStopped { return nil }
    if taken > 0 { empty.signal() }
    full.wait()
    let block = ring[taken % ring.count]
    taken += 1
    if block.isLast { stop() }
    return block.isLast ? nil : block
  }

  override func stop() {
    if hasStopped { return }
    hasStopped = true
    isStopping.store(true, ordering: .releasing)
    empty.signal()
    ended.wait()
  }
}

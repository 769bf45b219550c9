import Dispatch
import Foundation
import Synchronization
import VouchModel

/// Copies a file and hashes the bytes that were written; of a large file the hash is made on
/// another thread while the next bytes are copied.
struct CopyHashing {
  /// Reading the source failed, with `errno` as it was.
  struct ReadingFailed: Error {
    let code: Int32
  }

  private static let block = 1 << 20

  let source: Int32
  let target: Int32
  /// Where the target is, for messages.
  let path: String

  /// The digest and size of what was written.
  func run(size: Int, progress: (Int) -> Void) throws -> (digest: Digest, size: Int) {
    size < 4 * Self.block ? try here(progress) : try onTwoThreads(progress)
  }

  private func here(_ progress: (Int) -> Void) throws -> (digest: Digest, size: Int) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.block, alignment: 4096)
    defer { buffer.deallocate() }
    var hash = SHA256()
    var size = 0
    while true {
      let bytes = try copy(into: buffer)
      if bytes.isEmpty { return (hash.finish(), size) }
      hash.update(bytes)
      size += bytes.count
      progress(bytes.count)
    }
  }

  private func onTwoThreads(_ progress: (Int) -> Void) throws -> (digest: Digest, size: Int) {
    let ring = HashingRing(blocks: 4, of: Self.block)
    let flush = Flushing(target)
    defer { flush.stop() }
    var size = 0
    do {
      while true {
        let bytes = try copy(into: ring.free())
        if bytes.isEmpty { return (ring.finish(), size) }
        ring.submit(bytes.count)
        size += bytes.count
        progress(bytes.count)
      }
    } catch {
      _ = ring.finish()
      throw error
    }
  }

  /// Copies the next bytes and leaves them in the buffer; empty at the end.
  private func copy(into buffer: UnsafeMutableRawBufferPointer) throws -> UnsafeRawBufferPointer {
    while true {
      let count = read(source, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw ReadingFailed(code: errno)
      }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      try Files.writeAll(target, bytes, path: path)
      return bytes
    }
  }
}

/// A few blocks that go round between the thread that fills them and the one that hashes them.
///
/// `empty` and `full` hand them over, so that only one thread has a block at a time.
private final class HashingRing: @unchecked Sendable {
  private let blocks: [UnsafeMutableRawBufferPointer]
  private var counts: [Int]
  private let empty: DispatchSemaphore
  private let full = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private var filled = 0
  private var digest = Digest.zero

  init(blocks count: Int, of size: Int) {
    blocks = (0..<count).map { _ in .allocate(byteCount: size, alignment: 4096) }
    counts = Array(repeating: 0, count: count)
    empty = DispatchSemaphore(value: 0)
    for _ in 0..<count { empty.signal() }
    Thread.detachNewThread { [self] in hashAll() }
  }

  deinit { blocks.forEach { $0.deallocate() } }

  /// The block to fill next. Waits until one is free.
  func free() -> UnsafeMutableRawBufferPointer {
    empty.wait()
    return blocks[filled % blocks.count]
  }

  /// Hands over the block that ``free()`` gave, with so many bytes in it.
  func submit(_ count: Int) {
    counts[filled % blocks.count] = count
    filled += 1
    full.signal()
  }

  /// The digest of everything submitted. To be called once, with a block from ``free()`` unused.
  func finish() -> Digest {
    submit(0)
    ended.wait()
    return digest
  }

  private func hashAll() {
    var hash = SHA256()
    var taken = 0
    while true {
      full.wait()
      let i = taken % blocks.count
      if counts[i] == 0 { break }
      hash.update(UnsafeRawBufferPointer(rebasing: blocks[i][..<counts[i]]))
      taken += 1
      empty.signal()
    }
    digest = hash.finish()
    ended.signal()
  }
}

/// Sends a file to the disk while it is being written, so that the `fsync` that counts, after the
/// last byte, has little left to wait for.
private final class Flushing: @unchecked Sendable {
  private let target: Int32
  private let isStopping = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)

  init(_ target: Int32) {
    self.target = target
    Thread.detachNewThread { [self] in
      while !isStopping.load(ordering: .acquiring) {
        // Its result does not count.
        _ = fdatasync(self.target)
        usleep(20_000)
      }
      ended.signal()
    }
  }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    ended.wait()
  }
}

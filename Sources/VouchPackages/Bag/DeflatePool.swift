import CZlib
import Foundation

/// One piece of a file on its way through the compressor.
///
/// The producer fills `input`, one worker computes the results, the producer reads them after
/// ``wait()``; so no two threads touch a field at the same time.
final class DeflateChunk: @unchecked Sendable {
  enum Method {
    /// Level 4: a scan gets 11 % longer than by `zip -6`, in 70 % of the time (docs/performance.md).
    case deflate
    case store
  }

  /// Size of every piece but the last. Pieces are cut by position in the file, so the compressed
  /// bytes do not depend on how many workers there are.
  static let size = 512 << 10
  static let window = 32 << 10

  let input: [UInt8]
  /// The piece before, whose end is the dictionary: so cutting costs next to no compression.
  let before: [UInt8]
  let method: Method
  let isLast: Bool
  private(set) var output: [UInt8] = []
  private(set) var crc: UInt = 0
  private let done = DispatchSemaphore(value: 0)

  init(input: [UInt8], before: [UInt8], method: Method, isLast: Bool) {
    self.input = input
    self.before = before
    self.method = method
    self.isLast = isLast
  }

  /// Blocks until a worker is done with this piece.
  func wait() { done.wait() }

  fileprivate func run(_ stream: borrowing DeflateStream) {
    input.withUnsafeBufferPointer {
      crc = crc32(crc32(0, nil, 0), $0.baseAddress, UInt32($0.count))
    }
    switch method {
    case .deflate: output = stream.compress(self)
    case .store: break
    }
    done.signal()
  }
}

/// A compressor that is reset between pieces, since making one clears 256 KB.
private struct DeflateStream: ~Copyable {
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

  /// Raw deflate, as zip stores it.
  init(level: Int32) {
    stream.initialize(to: z_stream())
    let status = deflateInit2_(
      stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib has no memory for a compressor")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  borrowing func compress(_ chunk: DeflateChunk) -> [UInt8] {
    deflateReset(stream)
    if !chunk.before.isEmpty {
      chunk.before.suffix(DeflateChunk.window).withUnsafeBufferPointer {
        _ = deflateSetDictionary(stream, $0.baseAddress, UInt32($0.count))
      }
    }
    // A sync flush ends on a byte boundary, with an empty stored block of five bytes at most.
    let capacity = Int(deflateBound(stream, UInt(chunk.input.count))) + 16
    return [UInt8](unsafeUninitializedCapacity: capacity) { out, used in
      chunk.input.withUnsafeBufferPointer { input in
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = UInt32(chunk.input.count)
        stream.pointee.next_out = out.baseAddress
        stream.pointee.avail_out = UInt32(capacity)
        let status = deflate(stream, chunk.isLast ? Z_FINISH : Z_SYNC_FLUSH)
        precondition(
          status == (chunk.isLast ? Z_STREAM_END : Z_OK) && stream.pointee.avail_in == 0)
      }
      used = capacity - Int(stream.pointee.avail_out)
    }
  }
}

/// Threads that compress pieces, in any order; whoever gave them in takes them in his own.
final class DeflatePool: @unchecked Sendable {
  private let condition = NSCondition()
  private var queue: [DeflateChunk] = []
  private var isClosed = false
  let workers: Int

  init(workers: Int = max(1, min(8, ProcessInfo.processInfo.activeProcessorCount))) {
    self.workers = workers
    for _ in 0..<workers { Thread.detachNewThread { [self] in work() } }
  }

  func submit(_ chunk: DeflateChunk) {
    condition.lock()
    queue.append(chunk)
    condition.signal()
    condition.unlock()
  }

  /// Lets the threads end once the queue is empty.
  func close() {
    condition.lock()
    isClosed = true
    condition.broadcast()
    condition.unlock()
  }

  private func work() {
    let stream = DeflateStream(level: 4)
    while let chunk = take() { chunk.run(stream) }
  }

  private func take() -> DeflateChunk? {
    condition.lock()
    defer { condition.unlock() }
    while queue.isEmpty {
      if isClosed { return nil }
      condition.wait()
    }
    return queue.removeFirst()
  }
}

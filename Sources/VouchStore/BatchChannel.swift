import Foundation
import VouchModel

/// A piece of a reading on its way from the parser's thread to the database.
enum Batch: Sendable {
  case records([Record])
  case host(ref: String, number: Int32)
  case plugin(Plugin, number: Int32)
  case scan(id: String, tool: String)
  case observations([Observation])

  /// How many records or observations it holds.
  var count: Int {
    switch self {
    case .records(let records): records.count
    case .observations(let observations): observations.count
    case .host, .plugin, .scan: 0
    }
  }
}

/// A bounded queue between the thread that parses and the one that stores.
final class BatchChannel: @unchecked Sendable {
  // Everything below is guarded by `condition`.
  private let condition = NSCondition()
  private var batches: [Batch] = []
  private var isClosed = false
  private var isAbandoned = false
  private let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  /// Waits while the queue is full.
  func send(_ batch: [Batch]) {
    condition.lock()
    defer { condition.unlock() }
    while batches.count >= capacity, !isAbandoned { condition.wait() }
    if isAbandoned { return }
    batches += batch
    condition.broadcast()
  }

  /// All batches that are waiting; nil once the parser is done and none is left.
  func next() -> [Batch]? {
    condition.lock()
    defer { condition.unlock() }
    while batches.isEmpty, !isClosed { condition.wait() }
    if batches.isEmpty { return nil }
    let taken = batches
    batches.removeAll()
    condition.broadcast()
    return taken
  }

  func close() {
    condition.lock()
    isClosed = true
    condition.broadcast()
    condition.unlock()
  }

  /// The storing side failed: what still comes is thrown away.
  func abandon() {
    condition.lock()
    isAbandoned = true
    condition.broadcast()
    condition.unlock()
  }
}

/// The reading's end of the channel. Small pieces wait until a large one goes along.
final class ChannelSink: ReadingSink {
  private let channel: BatchChannel
  private var waiting: [Batch] = []

  init(_ channel: BatchChannel) { self.channel = channel }

  func records(_ batch: [Record]) { flush(.records(batch)) }
  func host(_ ref: String, number: Int32) { waiting.append(.host(ref: ref, number: number)) }
  func plugin(_ plugin: Plugin, number: Int32) { waiting.append(.plugin(plugin, number: number)) }
  func scan(_ id: String, tool: String) { waiting.append(.scan(id: id, tool: tool)) }
  func observations(_ batch: [Observation]) { flush(.observations(batch)) }

  private func flush(_ batch: Batch) {
    waiting.append(batch)
    flush()
  }

  /// Sends what still waits for a large piece. The reading's end calls it before the channel is
  /// closed: what comes later is lost.
  func flush() {
    if waiting.isEmpty { return }
    channel.send(waiting)
    waiting.removeAll(keepingCapacity: true)
  }
}

/// Where the parser's thread leaves its result.
final class ReadingOutcome: @unchecked Sendable {
  // Guarded by `condition`.
  private let condition = NSCondition()
  private var reading: LoadedReading?

  func set(_ reading: LoadedReading) {
    condition.lock()
    self.reading = reading
    condition.signal()
    condition.unlock()
  }

  func wait() -> LoadedReading {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let reading { return reading }
      condition.wait()
    }
  }
}

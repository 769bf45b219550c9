import Foundation
import VouchModel

/// An item of evidence that is being read on a thread of its own.
///
/// The collector hands its batches over, so that parsing and storing use both cores; a small item
/// can be begun while the one before it is still being stored.
public final class BegunReading {
  let item: EvidenceItem
  let collector: (any Collector.Type)?
  let channel = BatchChannel(capacity: 16)
  let outcome = ReadingOutcome()

  /// Begins.
  ///
  /// - Parameters:
  ///   - collector: nil when no format recognises the evidence; then only the item is noted.
  ///   - refusal: why the item cannot be read at all.
  public init(
    _ item: EvidenceItem, with collector: (any Collector.Type)?, refusal: Diagnostic? = nil
  ) {
    self.item = item
    self.collector = collector
    let channel = channel
    let outcome = outcome
    // The item and the collector are values; the channel and the outcome are locked.
    let thread = Thread {
      let sink = ChannelSink(channel)
      let reading = Reading(item, into: sink)
      if let refusal { reading.diagnose(refusal) }
      do {
        try collector?.read(item, into: reading)
      } catch let diagnostic as Diagnostic {
        reading.diagnose(diagnostic)
      } catch let refusal as Refusal {
        refusal.diagnostics.forEach(reading.diagnose)
      } catch {
        reading.diagnose(
          Diagnostic(
            "\(collector?.format ?? "collect").unreadable", .error, at: item.label,
            "the evidence cannot be read to its end",
            why: "records after this place are missing, so the populations it feeds are incomplete",
            fix: "export it again"))
      }
      reading.finish()
      sink.flush()
      outcome.set(LoadedReading(reading))
      channel.close()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// A reading that nobody stores must not wait for it for ever.
  deinit { channel.abandon() }
}

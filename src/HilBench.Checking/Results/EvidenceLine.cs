using HilBench.Journal;

namespace HilBench.Checking;

/// <summary>One line of the story that proves a violation, in words.</summary>
/// <param name="Time">In the journal's unit: device clock cycles on simulated devices.</param>
/// <param name="Lane">Which of the streams it comes from.</param>
/// <param name="Text">One sentence or one decoded TLP.</param>
/// <param name="Detail">The TLP in hexadecimal DWs, or the entry's bits; null when there is nothing more to show.</param>
/// <param name="IsKey">Whether the proof rests on this line (the others are context).</param>
public sealed record EvidenceLine(ulong Time, JournalSource Lane, string Text, string? Detail, bool IsKey);

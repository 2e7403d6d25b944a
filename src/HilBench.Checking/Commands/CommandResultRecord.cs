namespace HilBench.Checking;

/// <summary>Journal payload of CommandFinished: what the exerciser reported.</summary>
/// <param name="Data">The first 8 bytes that were read, in address order as a little-endian number.</param>
/// <param name="Digest">Sum of all DWs read, modulo 2^32.</param>
/// <param name="LengthDw">DWs transferred.</param>
/// <param name="Slot">Which operation.</param>
/// <param name="Label">The host's own number for it.</param>
/// <param name="Error">0: none; 3: given up, the translation was refused or did not come in time; otherwise the exerciser's error code.</param>
public readonly record struct CommandResultRecord(
    ulong Data, uint Digest, int LengthDw, byte Slot, byte Label, byte Error);

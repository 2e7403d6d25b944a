namespace HilBench.Links;

/// <summary>What a faulty carrier does to the bytes of each direction, by chance.</summary>
/// <param name="AlteredPerMille">Of 1000 bytes, so many have one bit changed.</param>
/// <param name="LostPerMille">Of 1000 pieces that are moved at once, so many are lost.</param>
/// <param name="DoubledPerMille">Of 1000 pieces, so many come twice.</param>
public sealed record CarrierFaults(int AlteredPerMille = 0, int LostPerMille = 0, int DoubledPerMille = 0);

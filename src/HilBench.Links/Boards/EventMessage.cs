namespace HilBench.Links;

/// <summary>EVENT: something happened on the board.</summary>
/// <param name="What">What; a number that this bench does not know is possible.</param>
/// <param name="Detail">Channel or rail, where the event has one.</param>
/// <param name="Text">For people; may be empty.</param>
public sealed record EventMessage(BoardEvent What, uint Detail, string Text) : BoardMessage;
